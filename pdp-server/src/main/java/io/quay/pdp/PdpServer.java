package io.quay.pdp;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.accounts.Directory;
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
import io.quay.pdp.config.Secret;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.gateway.Gateway;
import io.quay.pdp.http.AdministrationFace;
import io.quay.pdp.http.AuthZenFace;
import io.quay.pdp.http.DecisionFace;
import io.quay.pdp.http.ForwardAuthFace;
import io.quay.pdp.http.HealthFace;
import io.quay.pdp.http.Listener;
import io.quay.pdp.http.MetricsFace;
import io.quay.pdp.http.OAuthFace;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.ProxyCallers;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.Outbound;
import io.quay.pdp.jose.PublicKeys;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.ops.SteadyClock;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.store.AuditChain;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.DiskReserve;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteCheckpointKeys;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteExchanges;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteSpentAssertions;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.store.StoreException;
import io.quay.pdp.token.KeySchedule;
import io.quay.pdp.token.PresentedTokens;
import java.net.BindException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The composition root: makes every part, in order, and closes them in reverse.
public final class PdpServer implements RunningServer {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable Listener listener;
    private @Nullable Gateway gateway;

    private PdpServer() {}

    /// Starts a server.
    ///
    /// @throws StartFailure when it cannot: with all that is wrong; nothing of it is left then
    public static RunningServer open(Config config) {
        return open(config, Gateways.Executions.none());
    }

    /// @param executions how Quay executes what the gateway lets through
    static RunningServer open(Config config, Gateways.Executions executions) {
        PdpServer server = new PdpServer();
        boolean started = false;
        try {
            server.start(config, executions);
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

    private void start(Config config, Gateways.Executions executions) throws BindException {
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
        KeyEncryption encryption = encryption(config, database, random);
        AuditCheckpoints audit = audit(database, encryption, random, clock);
        Checkpoints checkpoints = closing(new Checkpoints(audit));
        BooleanSupplier scarce =
                new DiskReserve(
                        DiskReserve.freeIn(config.storage().directory()),
                        config.audit().diskReserve(),
                        System::nanoTime);
        SqliteDecisionLog log = closing(log(config, database, scarce, clock));
        log.start();
        Retention retention = closing(retention(config, database, log, audit, clock));
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
                                key -> tokens.ring().holds(key) || held(live, issuersKeys, key)),
                        Configured.lifetimes(config),
                        new Administration.Sources(ids, random, clock));
        administration.load();
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
        WebServer.Limits limits = Configured.limits(config);
        ForwardAuthFace.Parts proxies =
                new ForwardAuthFace.Parts(
                        new ProxyCallers(peps, Configured.trustedProxies(config)),
                        deciding.decisions(),
                        presented,
                        limits);
        WebServer web =
                closing(
                        new WebServer(
                                listener,
                                limits,
                                List.of(
                                        new DecisionFace(
                                                peps, deciding.decisions(), presented, limits),
                                        new AuthZenFace(
                                                peps,
                                                deciding.decisions(),
                                                deciding.searches(),
                                                tokens.issuer(),
                                                random,
                                                Configured.authZen(config)),
                                        ForwardAuthFace.nginx(proxies),
                                        ForwardAuthFace.traefik(proxies),
                                        ForwardAuthFace.envoy(proxies),
                                        new OAuthFace(
                                                tokens.issuance(config, loaded.scopes()),
                                                tokens.status(administration),
                                                tokens.ring(),
                                                peps,
                                                tokens.issuer()),
                                        new AdministrationFace(
                                                administration,
                                                tokens.access()::verify,
                                                new Shown(config, loaded.schema(), language, clock)
                                                        .views(
                                                                live,
                                                                policies,
                                                                view ->
                                                                        Configured.federation(
                                                                                view,
                                                                                issuersKeys,
                                                                                outbound,
                                                                                directory,
                                                                                clock),
                                                                log,
                                                                events),
                                                tokens.ring(),
                                                random,
                                                limits,
                                                measured::administered),
                                        new MetricsFace(metrics),
                                        new HealthFace(
                                                new HealthChecks(policies, log, tokens.ring())))));
        Listener before = Gateways.bind(config);
        if (before != null) {
            gateway =
                    closing(
                            Gateways.on(
                                    closing(before),
                                    config,
                                    new Gateways.Ground(
                                            presented,
                                            tokens.issuer(),
                                            deciding.decisions(),
                                            loaded.mapper(),
                                            live,
                                            log,
                                            ids,
                                            clock,
                                            metrics),
                                    executions));
        }
        policies.start();
        retention.start();
        checkpoints.start();
        housekeeping.start();
        schedule.start();
        web.start();
        if (gateway != null) {
            gateway.start();
        }
    }

    private static KeyEncryption encryption(Config config, Database database, SecureRandom random) {
        boolean sealed =
                AuditChain.sealed(database) || !new SqliteSigningKeys(database).all().isEmpty();
        Path file = config.tokens().encryptionKeyFile();
        Secret key = config.tokens().encryptionKey();
        if (file != null) {
            return KeyEncryption.in(file, random);
        }
        return key != null
                ? KeyEncryption.of(key.value(), "tokens.encryption_key", random)
                : KeyEncryption.beside(config.storage().directory(), sealed, random);
    }

    private static AuditCheckpoints audit(
            Database database, KeyEncryption encryption, SecureRandom random, Clock clock) {
        AuditChain.open(database, encryption, random, clock.instant());
        CheckpointKey key =
                CheckpointKey.open(
                        new SqliteCheckpointKeys(database), encryption, random, clock.instant());
        return new AuditCheckpoints(database, key, clock);
    }

    private static SqliteDecisionLog log(
            Config config, Database database, BooleanSupplier scarce, Clock clock) {
        return new SqliteDecisionLog(
                database,
                Configured.durability(config),
                SqliteDecisionLog.Limits.defaults(),
                scarce,
                clock);
    }

    private static Retention retention(
            Config config,
            Database database,
            SqliteDecisionLog log,
            AuditCheckpoints audit,
            Clock clock) {
        return new Retention(
                new Retention.Records(
                        log,
                        audit,
                        new SqliteSpentAssertions(database),
                        new SqliteExchanges(database)),
                config.audit().retention(),
                clock);
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
        return gateway == null ? OptionalInt.empty() : OptionalInt.of(gateway.port());
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
