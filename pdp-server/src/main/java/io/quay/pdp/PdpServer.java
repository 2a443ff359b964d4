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
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.cedar.SelfTest;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.AdministrationFace;
import io.quay.pdp.http.DecisionFace;
import io.quay.pdp.http.HealthFace;
import io.quay.pdp.http.Listener;
import io.quay.pdp.http.OAuthFace;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.CompactTokens;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.PublicKeys;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.ops.SteadyClock;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.Explainer;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.store.AuditChain;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.DiskReserve;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteCheckpointKeys;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteSpentAssertions;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.store.StoreException;
import io.quay.pdp.token.AccessTokens;
import io.quay.pdp.token.ClientAssertions;
import io.quay.pdp.token.ClientAuthentication;
import io.quay.pdp.token.ClientCredentials;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.KeySchedule;
import io.quay.pdp.token.PresentedTokens;
import io.quay.pdp.token.SpentOnce;
import io.quay.pdp.token.TokenExchange;
import io.quay.pdp.token.TokenIssuance;
import io.quay.pdp.token.TokenStatus;
import java.net.BindException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The composition root: makes every part, in order, and closes them in reverse.
public final class PdpServer implements RunningServer {
    private static final Duration POLICY_INTERVAL = Duration.ofMillis(500);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable Listener listener;

    private PdpServer() {}

    /// Starts a server.
    ///
    /// @throws StartFailure when it cannot: with all that is wrong; nothing of it is left then
    public static RunningServer open(Config config) {
        PdpServer server = new PdpServer();
        boolean started = false;
        try {
            server.start(config);
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

    private void start(Config config) throws BindException {
        listener =
                closing(
                        Listener.bind(
                                config.server().listen().host(), config.server().listen().port()));
        Database database = closing(Database.open(config.storage().file()));
        SteadyClock clock =
                new SteadyClock(
                        Clock.systemUTC(),
                        System::nanoTime,
                        new EventTable(database).newest().orElse(Instant.EPOCH));
        SecureRandom random = new SecureRandom();
        DecisionIds ids = new DecisionIds(clock, random);
        CedarThreads threads = closing(new CedarThreads());
        CedarLanguage language = new CedarLanguage(threads);
        SelfTest.run(language);
        LoadedSchema schema = schema(config, language);
        ActivePolicies policies = closing(policies(config, schema, language, clock));
        KeyEncryption encryption = encryption(config, database, random);
        AuditCheckpoints audit = audit(database, encryption, random, clock);
        Checkpoints checkpoints = closing(new Checkpoints(audit));

        BooleanSupplier scarce =
                new DiskReserve(
                        DiskReserve.freeIn(config.storage().directory()),
                        config.audit().diskReserve(),
                        System::nanoTime);
        SqliteDecisionLog log =
                closing(
                        new SqliteDecisionLog(
                                database,
                                Configured.durability(config),
                                SqliteDecisionLog.Limits.defaults(),
                                scarce,
                                clock));
        log.start();
        EventLog refusals =
                new BudgetedEvents(
                        log, log, new DenialBudget(Configured.denials(config), scarce, ids, clock));
        Retention retention =
                closing(
                        new Retention(
                                new Retention.Records(
                                        log, audit, new SqliteSpentAssertions(database)),
                                config.audit().retention(),
                                clock));

        Store store = new SqliteStore(database);
        Directory directory = new Directory(() -> policies.get().accounts());
        directory.load(store);
        LivePolicies live = new LivePolicies(policies, directory.managed());
        Bootstrap bootstrap = new Bootstrap(store, directory, ids, clock);
        FirstStart firstStart = new FirstStart(config, random, clock);
        firstStart.bootstrap(bootstrap);
        EventTable events = new EventTable(database);
        Housekeeping housekeeping =
                closing(new Housekeeping(store, directory, events, bootstrap, ids, clock));

        String issuer = config.server().issuerOn(listener.port()).toString();
        KeyRing ring = ring(config, database, encryption, ids, random, clock);
        AccessTokens tokens =
                new AccessTokens(
                        new AccessTokens.Settings(issuer, config.tokens().lifetime(), Set.of()),
                        ring,
                        new CompactTokens(),
                        directory,
                        ids,
                        clock);
        JwksCache issuersKeys = new JwksCache(new KeyFetcher(), System::nanoTime);
        PresentedTokens presented =
                new PresentedTokens(
                        tokens, federation(config, live, issuersKeys, clock), directory);
        Administration administration =
                new Administration(
                        live,
                        directory,
                        bootstrap,
                        new Administration.Ports(store, refusals, new PublicKeys(), ring::holds),
                        Configured.lifetimes(config),
                        new Administration.Sources(ids, random, clock));
        administration.load();
        policies.onLoad(snapshot -> administration.declaredInGit(snapshot.accounts().all()));
        SpentOnce spent = new SpentOnce(new SqliteSpentAssertions(database), clock);
        spent.load();
        KeySchedule schedule = closing(new KeySchedule(ring, spent));
        TokenIssuance.Parts parts =
                new TokenIssuance.Parts(tokens, directory, spent, refusals, ids, clock);
        ClientAuthentication clients =
                new ClientAuthentication(
                        directory,
                        new ClientAssertions(
                                new CompactTokens(),
                                directory,
                                ring,
                                new ClientAssertions.Audiences(issuer, issuer + "/oauth2/token"),
                                clock),
                        clock);
        TokenIssuance service =
                new TokenIssuance(
                        new TokenIssuance.Settings(
                                scopes(schema), Set.copyOf(config.tokens().audiences())),
                        List.of(new ClientCredentials(), new TokenExchange(tokens, clock)),
                        clients,
                        parts);
        TokenStatus status = new TokenStatus(clients, administration, parts);

        DecisionPoint point =
                new DecisionPoint(live, mapper(schema), Configured.unboundIds(config), clock);
        RecordedDecisions decisions =
                new RecordedDecisions(
                        point,
                        log,
                        ids,
                        new DenialBudget(Configured.denials(config), scarce, ids, clock),
                        clock);
        List<Pep> peps = new ArrayList<>(Configured.peps(config));
        peps.add(firstStart.pep());
        WebServer.Limits limits = Configured.limits(config);
        WebServer web =
                closing(
                        new WebServer(
                                listener,
                                limits,
                                List.of(
                                        new DecisionFace(peps, decisions, presented, limits),
                                        new OAuthFace(service, status, ring, peps, issuer),
                                        new AdministrationFace(
                                                administration,
                                                tokens::verify,
                                                new AdministrationFace.Views(
                                                        live,
                                                        policies::failure,
                                                        operations(schema),
                                                        explainer(
                                                                config, schema, language, live,
                                                                clock),
                                                        log,
                                                        events),
                                                ring,
                                                random,
                                                limits),
                                        new HealthFace(new HealthChecks(policies, log, ring)))));
        policies.start();
        retention.start();
        checkpoints.start();
        housekeeping.start();
        schedule.start();
        web.start();
    }

    private static List<Operation> operations(LoadedSchema schema) {
        Catalog catalog = schema.catalog();
        return catalog == null ? List.of() : catalog.operations();
    }

    private static Function<AccessRequest, Explanation> explainer(
            Config config,
            LoadedSchema schema,
            CedarLanguage language,
            LivePolicies live,
            Clock clock) {
        RequestMapper mapper = mapper(schema);
        return request -> {
            LiveView view = live.get();
            DecisionPoint point =
                    new DecisionPoint(() -> view, mapper, Configured.unboundIds(config), clock);
            return new Explainer(view, language).explain(point.decide(request));
        };
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

    private static KeyRing ring(
            Config config,
            Database database,
            KeyEncryption encryption,
            DecisionIds ids,
            SecureRandom random,
            Clock clock) {
        KeyRing ring =
                new KeyRing(
                        new SqliteSigningKeys(database),
                        new RingKeys(encryption, random),
                        new KeyRing.Settings(
                                config.tokens().signingAlgorithm().name(),
                                config.tokens().publishAhead(),
                                config.tokens().rotationInterval()),
                        ids,
                        clock);
        ring.open();
        return ring;
    }

    /// Quay's OAuth scopes.
    private static Set<String> scopes(LoadedSchema schema) {
        Catalog catalog = schema.catalog();
        return catalog == null
                ? Set.of()
                : catalog.operations().stream()
                        .flatMap(operation -> operation.scopes().stream())
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static @Nullable Federation federation(
            Config config, LivePolicies live, JwksCache keys, Clock clock) {
        return config.federation().direct()
                ? new Federation(live, new JwtVerifier(keys), clock)
                : null;
    }

    private <T extends AutoCloseable> T closing(T part) {
        parts.push(part);
        return part;
    }

    private static LoadedSchema schema(Config config, CedarLanguage language) {
        return switch (LoadedSchema.load(config.schema().directory(), language)) {
            case LoadedSchema.Result.Loaded(LoadedSchema schema) -> schema;
            case LoadedSchema.Result.Rejected(List<Problem> problems) -> throw invalid(problems);
        };
    }

    private static ActivePolicies policies(
            Config config, LoadedSchema schema, CedarLanguage language, Clock clock) {
        ActivePolicies policies =
                new ActivePolicies(
                        new PolicyRepository(schema, language),
                        config.policies().directory(),
                        POLICY_INTERVAL,
                        clock);
        List<Problem> problems = policies.open();
        if (!problems.isEmpty()) {
            throw invalid(problems);
        }
        return policies;
    }

    private static StartFailure invalid(List<Problem> problems) {
        return StartFailure.invalidPolicies(problems.stream().map(Problem::toString).toList());
    }

    private static @Nullable RequestMapper mapper(LoadedSchema schema) {
        Catalog catalog = schema.catalog();
        return catalog == null ? null : new RequestMapper(catalog);
    }

    @Override
    public int port() {
        return Objects.requireNonNull(listener).port();
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
