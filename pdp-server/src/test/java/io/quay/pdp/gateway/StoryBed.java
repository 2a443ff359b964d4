package io.quay.pdp.gateway;

import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A server with the shipped policies and accounts, its gateway, and a Quay behind it, the stand-in
/// or a real one: nothing between them is replaced. Each workload of the stories gets tokens of its
/// issuer.
final class StoryBed implements AutoCloseable {
    /// In what is configured: the organization that holds the application.
    static final String APPLICATIONS = "THE-APPLICATIONS";

    /// In what is configured: the client id of the application of that organization.
    static final String CLIENT = "THE-CLIENT";

    /// How Terraform's provider calls itself.
    static final String AGENT = "OpenAPI-Generator/1.0.0/go";

    static final String AUDITOR = "svc-quay-auditor";

    /// What nobody should permit, to see what is refused all the same.
    private static final String TEMPTATIONS =
            """
            @id("temptation-stars")
            @description("Starring the repositories of acme")
            @owner("nobody")
            permit (
              principal == Quay::ServiceAccount::"svc-terraform",
              action == Quay::Action::"createStar",
              resource
            ) when {
              resource is Quay::User || resource in Quay::Organization::"acme"
            };

            @id("temptation-names")
            @description("Changing its own name")
            @owner("nobody")
            @waive("classified-operations: it must not be executed all the same")
            permit (
              principal == Quay::ServiceAccount::"svc-terraform",
              action == Quay::Action::"changeUserDetails",
              resource
            );

            @id("robots-without-tokens")
            @description("Which robots there are")
            @owner("nobody")
            @waive("classified-operations: not with their tokens")
            permit (
              principal == Quay::ServiceAccount::"svc-quay-auditor",
              action == Quay::Action::"getOrgRobots",
              resource
            ) when {
              context.parameters has token && context.parameters.token == false
            };
            """;

    final TestServer server;
    final StoryQuay quay;
    final String client;
    private final TestIssuer cluster;
    private final TestIssuer ci;

    private StoryBed(
            TestServer server, StoryQuay quay, String client, TestIssuer cluster, TestIssuer ci) {
        this.server = server;
        this.quay = quay;
        this.client = client;
        this.cluster = cluster;
        this.ci = ci;
    }

    /// @param execution further keys of the section `quay`, a line each, indented by two;
    ///   `quay.token` is a file with a superuser's OAuth token
    static StoryBed start(Path directory, StoryQuay quay, String execution) throws IOException {
        String applications = quay.unused("pdp-applications");
        String client = execution.contains(APPLICATIONS) ? quay.application(applications) : "";
        Files.writeString(directory.resolve("quay.token"), quay.administrator());
        TestIssuer cluster = TestIssuer.create("https://kubernetes.default.svc.cluster.local");
        TestIssuer ci = TestIssuer.create("https://ci.example.com");
        policies(directory, quay.unused("terra"), cluster, ci);
        String yaml =
                """
                federation: {direct: true}
                gateway:
                  listen: 127.0.0.1:0
                quay:
                  base_url: %s
                  audience: quay
                %s
                """
                        .formatted(
                                quay.url(),
                                execution
                                        .replace(CLIENT, client)
                                        .replace(APPLICATIONS, applications));
        Map<String, String> environment =
                quay.issuerPort() == 0
                        ? Map.of()
                        : Map.of("PDP_SERVER_LISTEN", "127.0.0.1:" + quay.issuerPort());
        quay.sameAccounts(directory);
        TestServer server = TestServer.start(directory, yaml, environment);
        quay.trust("http://127.0.0.1:" + server.server().port() + "/quay");
        return new StoryBed(server, quay, client, cluster, ci);
    }

    /// The shipped ones, with the issuers of this test, and the rights on an organization of
    /// Terraform's own.
    private static void policies(Path directory, String terra, TestIssuer cluster, TestIssuer ci)
            throws IOException {
        Path from = PolicySets.REPOSITORY.resolve("policies");
        Path to = directory.resolve("policies");
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        Files.writeString(to.resolve("keys/prod-cluster.jwks.json"), cluster.jwks());
        Files.writeString(to.resolve("keys/ci.jwks.json"), ci.jwks());
        Path rights = PolicySets.REPOSITORY.resolve("scripts/demo-parts/terra.cedar");
        Files.writeString(
                to.resolve("access/terra.cedar"),
                Files.readString(rights).replace("\"terra\"", "\"" + terra + "\""));
        Files.writeString(to.resolve("access/temptations.cedar"), TEMPTATIONS);
    }

    /// Of the runner of Terraform.
    String terraformToken() {
        return exchanged(
                "svc-terraform",
                kubernetes("ci", "terraform", "e08e496e-470a-322e-abad-8dafe2be9bbd"));
    }

    /// Of the auditor's cron job.
    String auditorToken() {
        return exchanged(
                AUDITOR,
                kubernetes("audit", "quay-auditor", "d8643e33-b76d-3b27-bf0d-344110bc8287"));
    }

    private String kubernetes(String namespace, String name, String uid) {
        Map<String, Object> claims = cluster.kubernetesClaims(namespace, name, Instant.now());
        Map<String, Object> kubernetes = new HashMap<>();
        kubernetes.put("namespace", namespace);
        kubernetes.put("serviceaccount", Map.of("name", name, "uid", uid));
        claims.put("kubernetes.io", kubernetes);
        return cluster.sign(claims);
    }

    /// Of the pipeline of `acme/app`, for five minutes.
    String pipelineWorkload(String branch) {
        Map<String, Object> claims =
                ci.oidcClaims("repo:acme/app:ref:refs/heads/" + branch, Instant.now());
        claims.put("aud", TestIssuer.AUDIENCE + "/ci");
        claims.put("repository_id", "123456789");
        claims.put("ref", "refs/heads/" + branch);
        return ci.sign(claims);
    }

    /// What the token endpoint answers (RFC 8693 §2.2).
    TestServer.Answer exchange(String account, String workload) {
        String form =
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                        + "&subject_token_type=urn:ietf:params:oauth:token-type:jwt&client_id="
                        + account
                        + "&subject_token="
                        + URLEncoder.encode(workload, StandardCharsets.UTF_8);
        return server.send(
                HttpRequest.newBuilder(server.uri("/oauth2/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private String exchanged(String account, String workload) {
        TestServer.Answer answer = exchange(account, workload);
        if (answer.status() != 200) {
            throw new AssertionError(answer.body());
        }
        return answer.json().path("access_token").asText();
    }

    /// A call through the gateway as Terraform's provider makes it.
    TestServer.Answer call(String token, String method, String target, @Nullable String body) {
        return call(token, method, target, body, request -> request);
    }

    TestServer.Answer call(
            String token,
            String method,
            String target,
            @Nullable String body,
            Function<HttpRequest.Builder, HttpRequest.Builder> more) {
        int port = server.server().gatewayPort().orElseThrow();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                        .header("Authorization", "Bearer " + token)
                        .header("User-Agent", AGENT)
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return server.send(more.apply(request));
    }

    /// Decisions on record, newest first.
    List<DecisionRecord> decisions() {
        return onDisk(log -> log.find(DecisionQuery.latest(500)));
    }

    /// How calls ended, oldest first.
    List<CallRecord> calls() {
        return onDisk(log -> log.findCalls(null, 500));
    }

    private <T> T onDisk(Function<SqliteDecisionLog, T> query) {
        try (Database database = Database.openToRead(server.directory().resolve("data/pdp.db"))) {
            return query.apply(
                    new SqliteDecisionLog(
                            database,
                            SqliteDecisionLog.Durability.SYNC,
                            SqliteDecisionLog.Limits.defaults()));
        }
    }

    @Override
    public void close() {
        server.close();
        quay.close();
    }
}
