package io.quay.pdp.http;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.EnrolmentApproval;
import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.Worlds;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DenialBudget;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.Outbound;
import io.quay.pdp.jose.PublicKeys;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TokenReviewClient;
import io.quay.pdp.policy.Explainer;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.policy.TokenInspector;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteEnrolments;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.store.SqliteSuspensions;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.Rings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// The administration API over real HTTP, on the policies of [Worlds#acme] and a SQLite file. A
/// bearer text that names an account is a token of that account; any other is refused.
final class ApiServer implements AutoCloseable {
    static final String BOSS = "svc-boss";
    static final String ACME = "svc-acme";
    static final String ACCOUNTS = "/v1/service-accounts";

    private static final WebServer.Limits LIMITS = new WebServer.Limits(1 << 20, 32, 16 << 10);

    final TestServer http;
    final AdministrationFace face;
    final RecordedDecisions decisions;
    final TestRepository repository;
    final List<String> answered = new CopyOnWriteArrayList<>();
    private final Database database;
    final SqliteEnrolments enrolments;
    final GrantSuspensions suspensions;
    private final SqliteDecisionLog log;
    private volatile Snapshot snapshot;

    private ApiServer(Path directory, Function<Store, Store> disturb) {
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        DecisionIds ids = new DecisionIds(clock, random);
        repository = Worlds.acme(directory.resolve("policies"));
        repository.with(
                "admin/more.cedar",
                """
                @id("boss-server") %1$s permit (principal == Quay::ServiceAccount::"svc-boss", action in Pdp::Action::"administer-server", resource);
                @id("boss-unexpiring") permit (principal == Quay::ServiceAccount::"svc-boss", action == Pdp::Action::"createUnexpiringCredential", resource == Quay::ServiceAccount::"svc-legacy");
                """
                        .formatted(Worlds.WAIVE));
        repository
                .with("keys.json", TestIssuer.create("https://ci.example.com").jwks())
                .with(
                        "issuers.yaml",
                        """
                        issuers:
                          - {name: ci, kind: oidc, issuer: "https://ci.example.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                          - {name: hub, kind: github_actions, issuer: "https://token.actions.githubusercontent.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                          - {name: lab, kind: gitlab, issuer: "https://gitlab.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                        """);
        snapshot = repository.load();
        database = Database.open(directory.resolve("pdp.db"));
        enrolments = new SqliteEnrolments(database);
        log =
                new SqliteDecisionLog(
                        database,
                        SqliteDecisionLog.Durability.SYNC,
                        SqliteDecisionLog.Limits.defaults());
        log.start();
        Store store = disturb.apply(new SqliteStore(database));
        Directory accounts = new Directory(() -> snapshot.accounts());
        accounts.load(store);
        LivePolicies live = new LivePolicies(() -> snapshot, accounts.managed());
        EventLog events =
                (event, _) ->
                        store.transact(tables -> {
                            tables.events().append(event);
                            return null;
                        });
        Administration administration =
                new Administration(
                        live,
                        accounts,
                        new Bootstrap(store, accounts, ids, clock),
                        new Administration.Ports(
                                store, events, new PublicKeys(), thumbprint -> false),
                        new Administration.CredentialLifetimes(
                                Duration.ofDays(90), Duration.ofDays(365)),
                        new Administration.Sources(ids, random, clock));
        administration.load();
        administration.declaredInGit(snapshot.accounts().all());
        KeyRing ring =
                Rings.ring(new SqliteSigningKeys(database), Rings.encryption(), clock, "ES256");
        ring.open();
        RequestMapper mapper = new RequestMapper(repository.catalog());
        decisions =
                new RecordedDecisions(
                        new DecisionPoint(live, mapper, DecisionPoint.UnboundIds.REFUSE, clock),
                        log,
                        ids,
                        new DenialBudget(DenialBudget.Limits.of(600), () -> false, ids, clock),
                        clock);
        suspensions =
                new GrantSuspensions(
                        new SqliteSuspensions(database), accounts, administration, ids, clock);
        face =
                new AdministrationFace(
                        administration,
                        ApiServer::subject,
                        new AdministrationFace.Views(
                                live,
                                Optional::empty,
                                repository.catalog().operations(),
                                request -> {
                                    LiveView view = live.get();
                                    return new Explainer(view, TestRepository.LANGUAGE)
                                            .explain(
                                                    new DecisionPoint(
                                                                    () -> view,
                                                                    mapper,
                                                                    DecisionPoint.UnboundIds.REFUSE,
                                                                    clock)
                                                            .decide(request));
                                },
                                (view, token, spokenOf) ->
                                        new TokenInspector(
                                                        view,
                                                        new Federation(
                                                                () -> view,
                                                                new JwtVerifier(
                                                                        new JwksCache(
                                                                                new KeyFetcher(),
                                                                                System::nanoTime)),
                                                                new TokenReviewClient(
                                                                        new Outbound(null, null)),
                                                                accounts,
                                                                clock),
                                                        TestRepository.LANGUAGE)
                                                .inspect(token, spokenOf, clock.instant()),
                                log,
                                new EventTable(database)),
                        new AdministrationFace.Rings(ring, null),
                        new EnrolmentApproval(administration, accounts, enrolments, ids, clock),
                        suspensions,
                        random,
                        LIMITS,
                        (operation, status) -> answered.add(operation + " " + status));
        http = new TestServer(directory, running(), "");
    }

    static ApiServer start(Path directory) {
        return start(directory, store -> store);
    }

    /// @param disturb what becomes of the store
    static ApiServer start(Path directory, Function<Store, Store> disturb) {
        return new ApiServer(directory, disturb);
    }

    private RunningServer running() {
        try {
            Listener listener = Listener.bind("127.0.0.1", 0);
            WebServer web = new WebServer(listener, LIMITS, List.of(face));
            web.start();
            return new RunningServer() {
                @Override
                public int port() {
                    return listener.port();
                }

                @Override
                public void close() {
                    web.close();
                }
            };
        } catch (BindException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Subject subject(String token) {
        return token.startsWith("svc-")
                ? new Subject.Proved(
                        EntityRef.serviceAccount(token),
                        new Authentication(
                                Authentication.Method.CLIENT_SECRET,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null),
                        null)
                : new Subject.Refused(
                        Cause.INVALID_TOKEN, "the access token is not accepted", null, null);
    }

    /// Loads the repository again, as it is now.
    void reload() {
        snapshot = repository.load();
    }

    Answer get(String caller, String path, String... headers) {
        return send(caller, "GET", path, null, headers);
    }

    Answer post(String caller, String path, String body, String... headers) {
        return send(caller, "POST", path, body, headers);
    }

    /// @param body null = none
    Answer send(
            String caller,
            String method,
            String path,
            @org.jspecify.annotations.Nullable String body,
            String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(http.uri(path))
                        .header("Authorization", "Bearer " + caller)
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        Map<String, String> given = new java.util.HashMap<>();
        if (body != null) {
            given.put(
                    "Content-Type",
                    method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            given.put(headers[i], headers[i + 1]);
        }
        given.forEach(request::header);
        return http.send(request);
    }

    /// An account of organization acme or of the platform, made by the boss.
    void make(String name, @org.jspecify.annotations.Nullable String owner) {
        Answer answer =
                post(
                        BOSS,
                        ACCOUNTS,
                        "{\"name\": \"%s\", \"owner\": %s}"
                                .formatted(name, owner == null ? "null" : "\"" + owner + "\""));
        if (answer.status() != 201) {
            throw new AssertionError(answer.body());
        }
    }

    @Override
    public void close() {
        http.close();
        try {
            log.close();
            database.close();
        } catch (Exception e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
