package io.quay.pdp;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.accounts.Housekeeping;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.audit.BudgetedEvents;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DenialBudget;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.cedar.SelfTest;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.gateway.Execution;
import io.quay.pdp.http.Listener;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.Outbound;
import io.quay.pdp.jose.PublicKeys;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.ops.SteadyClock;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.DiskReserve;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.store.SqliteSuspensions;
import io.quay.pdp.store.StoreException;
import io.quay.pdp.token.KeySchedule;
import io.quay.pdp.token.PresentedTokens;
import java.net.BindException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The composition root: makes every part, in order, and closes them in reverse.
public final class PdpServer implements RunningServer {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable Listener listener;
    private @Nullable Gateways gateways;

    private PdpServer() {}

    /// Starts a server.
    ///
    /// @throws StartFailure when it cannot: with all that is wrong; nothing of it is left then
    public static RunningServer open(Config config) {
        return open(config, null);
    }

    /// @param instead of how the configuration has Quay execute what the gateway lets through; null
    ///   = as the configuration says
    static RunningServer open(Config config, @Nullable Execution instead) {
        PdpServer server = new PdpServer();
        boolean started = false;
        try {
            server.start(config, instead);
            started = true;
            return server;
        } catch (BindException e) {
            throw StartFailure.io(
                    "cannot listen on " + config.server().listen() + ": " + e.getMessage());
        } catch (KeyEncryption.UnusableException | StoreException e) {
            throw StartFailure.io(String.valueOf(e.getMessage()));
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    private void start(Config config, @Nullable Execution instead) throws BindException {
        listener =
                closing(
                        Listener.bind(
                                config.server().listen().host(), config.server().listen().port()));
        Configured.warnOfOpenNetwork(config.server().listen());
        SecureRandom random = new SecureRandom();
        CedarThreads threads = closing(new CedarThreads());
        CedarLanguage language = new CedarLanguage(threads);
        SelfTest.run(language);
        Loaded loaded = Loaded.from(config, language, Clock.systemUTC());
        ActivePolicies policies = closing(loaded.policies());

        Database database = closing(Database.open(config.storage().file()));
        SteadyClock clock =
                new SteadyClock(
                        Clock.systemUTC(),
                        System::nanoTime,
                        new EventTable(database).newest().orElse(Instant.EPOCH));
        DecisionIds ids = new DecisionIds(clock, random);
        KeyEncryption encryption = RecordKeeping.encryption(config, database, random);
        AuditCheckpoints audit = RecordKeeping.audit(database, encryption, random, clock);
        Checkpoints checkpoints = closing(new Checkpoints(audit));
        BooleanSupplier scarce =
                new DiskReserve(
                        DiskReserve.freeIn(config.storage().directory()),
                        config.audit().diskReserve(),
                        System::nanoTime);
        SqliteDecisionLog log = closing(RecordKeeping.log(config, database, scarce, clock));
        log.start();
        Retention retention = closing(RecordKeeping.retention(config, database, log, audit, clock));
        Metrics metrics = new Metrics();
        Measured measured = new Measured(metrics);
        EventLog refusals =
                measured.events(
                        new BudgetedEvents(
                                log,
                                log,
                                new DenialBudget(Configured.denials(config), scarce, ids, clock)));

        Store store = new SqliteStore(database);
        Directory directory = new Directory(() -> policies.get().accounts());
        directory.load(store);
        LivePolicies live = new LivePolicies(policies, directory.managed());
        Bootstrap bootstrap = new Bootstrap(store, directory, ids, clock);
        measured.show(policies, bootstrap);
        FirstStart firstStart = new FirstStart(config, random, clock);
        firstStart.bootstrap(bootstrap);
        EventTable events = new EventTable(database);
        Housekeeping housekeeping =
                closing(new Housekeeping(store, directory, events, bootstrap, ids, clock));

        Outbound outbound = Configured.outbound(config);
        JwksCache issuersKeys = closing(Configured.issuersKeys(outbound, database, clock));
        Federation federation =
                Configured.federation(live, issuersKeys, outbound, directory, clock);
        Tokens tokens =
                Tokens.open(
                        config,
                        config.server().issuerOn(listener.port()).toString(),
                        new Tokens.Ground(
                                database,
                                encryption,
                                directory,
                                federation,
                                refusals,
                                ids,
                                random,
                                clock));
        measured.show(log, tokens.access());
        KeySchedule schedule = closing(tokens.schedule());
        PresentedTokens presented =
                new PresentedTokens(
                        tokens.access(),
                        config.federation().direct() ? federation : null,
                        directory,
                        clock);
        Administration administration =
                new Administration(
                        live,
                        directory,
                        bootstrap,
                        new Administration.Ports(
                                store,
                                refusals,
                                new PublicKeys(),
                                key -> tokens.holds(key) || held(live, issuersKeys, key),
                                Set.copyOf(config.quay().superusers())),
                        Configured.lifetimes(config),
                        new Administration.Sources(ids, random, clock));
        administration.load();
        GrantSuspensions suspensions =
                new GrantSuspensions(
                        new SqliteSuspensions(database), directory, administration, ids, clock);
        suspensions.load();
        policies.onLoad(snapshot -> administration.declaredInGit(snapshot.accounts().all()));

        DenialBudget budget = new DenialBudget(Configured.denials(config), scarce, ids, clock);
        Deciding deciding =
                Deciding.of(
                        config,
                        live,
                        loaded.mapper(),
                        new Deciding.Records(
                                measured.decisions(log), refusals, budget, ids, clock));
        List<Pep> peps = new ArrayList<>(Configured.peps(config));
        peps.add(firstStart.pep());
        WebServer web =
                closing(
                        new WebServer(
                                listener,
                                Configured.limits(config),
                                Faces.of(
                                        new Faces.Ground(
                                                config,
                                                loaded,
                                                language,
                                                live,
                                                tokens,
                                                presented,
                                                deciding,
                                                List.copyOf(peps),
                                                administration,
                                                suspensions,
                                                directory,
                                                database,
                                                log,
                                                view ->
                                                        Configured.federation(
                                                                view,
                                                                issuersKeys,
                                                                outbound,
                                                                directory,
                                                                clock),
                                                Gateways.users(config, () -> gateways),
                                                ids,
                                                metrics,
                                                random,
                                                clock))));
        gateways =
                closing(
                        Gateways.open(
                                config,
                                new Gateways.Ground(
                                        database,
                                        directory,
                                        suspensions,
                                        tokens,
                                        presented,
                                        deciding.decisions(),
                                        loaded.mapper(),
                                        live,
                                        log,
                                        refusals,
                                        ids,
                                        clock,
                                        metrics),
                                instead));
        policies.start();
        retention.start();
        checkpoints.start();
        housekeeping.start();
        schedule.start();
        web.start();
        gateways.start();
    }

    /// Whether a key is one of a registered issuer's.
    private static boolean held(LivePolicies live, JwksCache keys, String thumbprint) {
        return live.get().issuers().stream().anyMatch(issuer -> keys.holds(issuer, thumbprint));
    }

    private <T extends AutoCloseable> T closing(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public int port() {
        return Objects.requireNonNull(listener).port();
    }

    @Override
    public OptionalInt gatewayPort() {
        return gateways == null ? OptionalInt.empty() : gateways.port();
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                org.slf4j.LoggerFactory.getLogger(PdpServer.class)
                        .atError()
                        .setCause(e)
                        .log("closing failed");
            }
        }
    }
}
