package io.quay.pdp;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.cedar.SelfTest;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.ops.Check;
import io.quay.pdp.ops.Health;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.StoreException;
import java.net.BindException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The composition root: makes every part, in order, and closes them in reverse.
public final class PdpServer implements RunningServer {
    private static final Duration POLICY_INTERVAL = Duration.ofMillis(500);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable WebServer web;

    private PdpServer() {}

    /// Starts a server.
    ///
    /// @throws StartFailure when it cannot: with all that is wrong; nothing of it is left then
    public static RunningServer open(Config config) {
        PdpServer server = new PdpServer();
        boolean started = false;
        try {
            server.start(config, Clock.systemUTC());
            started = true;
            return server;
        } catch (BindException e) {
            throw StartFailure.io(
                    "cannot listen on " + config.server().listen() + ": " + e.getMessage());
        } catch (StoreException e) {
            throw StartFailure.io(String.valueOf(e.getMessage()));
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    private void start(Config config, Clock clock) throws BindException {
        SecureRandom random = new SecureRandom();
        CedarThreads threads = closing(new CedarThreads());
        CedarLanguage language = new CedarLanguage(threads);
        SelfTest.run(language);
        LoadedSchema schema = schema(config, language);
        ActivePolicies policies = closing(policies(config, schema, language, clock));

        Database database = closing(Database.open(config.storage().file()));
        FirstStart firstStart = new FirstStart(config, random, clock);
        List<Pep> peps = new ArrayList<>(configuredPeps(config));
        peps.add(firstStart.pep());
        SqliteDecisionLog log =
                closing(
                        new SqliteDecisionLog(
                                database, durability(config), SqliteDecisionLog.Limits.defaults()));
        log.start();
        Retention retention = closing(new Retention(log, config.audit().retention(), clock));

        DecisionPoint point =
                new DecisionPoint(policies, mapper(schema), unboundIds(config), clock);
        RecordedDecisions decisions =
                new RecordedDecisions(point, log, new DecisionIds(clock, random), clock);
        Federation federation =
                config.federation().direct()
                        ? new Federation(
                                policies,
                                new JwtVerifier(new JwksCache(new KeyFetcher(), System::nanoTime)),
                                clock)
                        : null;
        WebServer webServer =
                closing(
                        new WebServer(
                                new WebServer.Settings(
                                        config.server().listen().host(),
                                        config.server().listen().port(),
                                        limits(config)),
                                peps,
                                decisions,
                                federation,
                                health(policies, log)));
        policies.start();
        retention.start();
        webServer.start();
        web = webServer;
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

    private static DecisionPoint.UnboundIds unboundIds(Config config) {
        return switch (config.decisions().unboundIds()) {
            case REFUSE -> DecisionPoint.UnboundIds.REFUSE;
            case TRUST_PATH -> DecisionPoint.UnboundIds.TRUST_PATH;
        };
    }

    private static WebServer.Limits limits(Config config) {
        return new WebServer.Limits(
                config.server().limits().maxBody(),
                config.server().limits().maxJsonDepth(),
                config.federation().maxTokenSize());
    }

    private static SqliteDecisionLog.Durability durability(Config config) {
        return switch (config.audit().durability()) {
            case SYNC -> SqliteDecisionLog.Durability.SYNC;
            case BATCH -> SqliteDecisionLog.Durability.BATCH;
        };
    }

    private static List<Pep> configuredPeps(Config config) {
        return config.peps().stream()
                .map(pep ->
                        new Pep(
                                pep.name(),
                                pep.tokenSha256(),
                                java.util.Set.copyOf(
                                        pep.faces().stream()
                                                .map(face ->
                                                        switch (face) {
                                                            case AUTHORIZE -> Pep.Face.AUTHORIZE;
                                                            case AUTHZEN -> Pep.Face.AUTHZEN;
                                                        })
                                                .toList()),
                                pep.mayNameSubject(),
                                pep.response() == Config.Response.BARE))
                .toList();
    }

    private static Supplier<Health> health(ActivePolicies policies, SqliteDecisionLog log) {
        SequencedMap<String, Supplier<Check>> checks = new LinkedHashMap<>();
        checks.put(
                "policies",
                () ->
                        policies.failure()
                                .map(failure ->
                                        Check.degraded(
                                                "policies",
                                                "the last good set "
                                                        + policies.get().version()
                                                        + " is in force; refused at "
                                                        + failure.time()
                                                        + ": "
                                                        + String.join(
                                                                " | ",
                                                                failure.problems().stream()
                                                                        .limit(10)
                                                                        .map(Problem::toString)
                                                                        .toList())))
                                .orElseGet(() -> Check.ok("policies", policies.get().version())));
        checks.put("store", log::health);
        return () -> Health.ask(checks);
    }

    @Override
    public int port() {
        return Objects.requireNonNull(web).port();
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
