package io.quay.pdp.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.Await;
import io.quay.pdp.GatewayServers;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A server with a gateway before a [StubQuay], and a service account that may do everything:
/// whatever is refused is so for another reason than policies.
///
/// @param own the executing credential that Quay has to see
record GatewayBed(TestServer server, StubQuay quay, TestIssuer issuer, String own)
        implements AutoCloseable {
    static final String ACCOUNT = "svc-terraform";
    static final String ONE_TOKEN = "one-token-of-quay-0123456789";
    static final String EXECUTING = "Bearer for-quay-alone";
    static final String REPOSITORY = "/api/v1/repository/acme/app";

    static GatewayBed start(Path directory) {
        return start(directory, "", _ -> new Prepared.Ready(EXECUTING));
    }

    /// @param gateway further keys of the section `gateway`, a line each, indented by two
    static GatewayBed start(Path directory, String gateway, Execution execution) {
        StubQuay quay = new StubQuay();
        return start(directory, "http://127.0.0.1:" + quay.port(), quay, gateway, execution);
    }

    static GatewayBed start(
            Path directory, String base, StubQuay quay, String gateway, Execution execution) {
        TestIssuer issuer = TestIssuer.create("https://cluster.example.com");
        try {
            policies(directory, issuer);
            String yaml =
                    """
                    federation: {direct: true}
                    quay:
                      base_url: %s
                      audience: quay
                    gateway:
                      listen: 127.0.0.1:0
                    %s
                    """
                            .formatted(base, gateway);
            return new GatewayBed(
                    GatewayServers.start(directory, yaml, execution), quay, issuer, EXECUTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Nothing replaced: calls are executed with one OAuth token, with which Quay is asked about
    /// repositories, too.
    ///
    /// @param gateway further keys of the section `gateway`, a line each, indented by two
    /// @param access policies; a permit among them takes the place of the right to everything
    static GatewayBed withOneToken(Path directory, String gateway, String... access) {
        StubQuay quay = new StubQuay();
        TestIssuer issuer = TestIssuer.create("https://cluster.example.com");
        try {
            policies(directory, issuer);
            Files.writeString(
                    directory.resolve("policies/access/further.cedar"), String.join("\n", access));
            if (String.join("\n", access).contains("permit (")) {
                Files.delete(directory.resolve("policies/access/everything.cedar"));
            }
            Files.writeString(directory.resolve("quay.token"), ONE_TOKEN);
            String yaml =
                    """
                    federation: {direct: true}
                    quay:
                      base_url: http://127.0.0.1:%d
                      execute: oauth_token
                      credential_file: quay.token
                      application: {organization: tokens}
                    gateway:
                      listen: 127.0.0.1:0
                    %s
                    """
                            .formatted(quay.port(), gateway);
            return new GatewayBed(
                    TestServer.start(directory, yaml, Map.of()),
                    quay,
                    issuer,
                    "Bearer " + ONE_TOKEN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void policies(Path directory, TestIssuer issuer) throws IOException {
        if (Files.exists(directory.resolve("policies"))) {
            return;
        }
        Path policies = PolicySets.copy("acme", directory);
        Files.writeString(
                policies.resolve("access/everything.cedar"),
                """
                @id("everything")
                @waive("unconstrained-permit: test; classified-operations: test; superuser-role: test")
                permit (principal == Quay::ServiceAccount::"svc-terraform", action, resource);
                """);
        Files.createDirectories(policies.resolve("admin"));
        Files.writeString(
                policies.resolve("admin/bootstrap.cedar"),
                """
                @id("bootstrap")
                @waive("unconstrained-permit: test")
                permit (principal == Quay::ServiceAccount::"svc-bootstrap", action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts", Pdp::Action::"administer-server", Pdp::Action::"escalate"], resource);
                """);
        Files.writeString(policies.resolve("jwks.json"), issuer.jwks());
        Files.writeString(
                policies.resolve("issuers.yaml"),
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: %s
                    audience: %s
                    keys: {jwks_file: jwks.json}
                """
                        .formatted(issuer.iss(), TestIssuer.AUDIENCE));
        Files.createDirectories(policies.resolve("trust"));
        Files.writeString(
                policies.resolve("trust/runner.cedar"),
                """
                @id("runner")
                permit (
                    principal is Workload::Kubernetes,
                    action == Pdp::Action::"assume",
                    resource == Quay::ServiceAccount::"svc-terraform"
                )
                when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" };
                """);
    }

    String workloadToken() {
        return issuer.sign(issuer.kubernetesClaims("ci", "runner", Instant.now()));
    }

    /// An access token of ours for the account.
    String token() {
        String form =
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                        + "&subject_token_type=urn:ietf:params:oauth:token-type:jwt&client_id="
                        + ACCOUNT
                        + "&subject_token="
                        + URLEncoder.encode(workloadToken(), StandardCharsets.UTF_8);
        return access(form, null);
    }

    String bootstrapToken() {
        try {
            String secret =
                    TestServer.JSON
                            .readTree(
                                    Files.readString(
                                            server.directory().resolve("data/bootstrap.json")))
                            .path("client_secret")
                            .asText();
            return access("grant_type=client_credentials", "svc-bootstrap:" + secret);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String access(String form, @org.jspecify.annotations.Nullable String basic) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri("/oauth2/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form));
        if (basic != null) {
            request.header(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(basic.getBytes(StandardCharsets.UTF_8)));
        }
        TestServer.Answer answer = server.send(request);
        if (answer.status() != 200) {
            throw new AssertionError(answer.body());
        }
        return answer.json().path("access_token").asText();
    }

    int port() {
        return server.server().gatewayPort().orElseThrow();
    }

    URI uri(String target) {
        return URI.create("http://127.0.0.1:" + port() + target);
    }

    /// A request as ordinary clients write it, with the account's token.
    TestServer.Answer send(
            String method, String target, @org.jspecify.annotations.Nullable String body) {
        return send(
                method,
                target,
                body,
                request -> request.header("Authorization", "Bearer " + token()));
    }

    TestServer.Answer send(
            String method,
            String target,
            @org.jspecify.annotations.Nullable String body,
            Function<HttpRequest.Builder, HttpRequest.Builder> more) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(target))
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

    /// The bytes as they are, and all that comes back until the gateway closes; ISO 8859-1.
    String raw(String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                socket.getInputStream().transferTo(answer);
            } catch (SocketException _) {
                // reset: what came before counts
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One request with this line and the account's token, on a connection of its own.
    ///
    /// @param headers lines that end in CRLF
    String line(String line, String token, String headers) {
        return raw(
                line
                        + " HTTP/1.1\r\nHost: quay.example.com\r\nConnection: close\r\nAuthorization: Bearer "
                        + token
                        + "\r\n"
                        + headers
                        + "\r\n");
    }

    static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }

    static JsonNode json(String answer) {
        try {
            return TestServer.JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + answer, e);
        }
    }

    /// Decisions on record, newest first.
    List<DecisionRecord> decisions() {
        return onDisk(log -> log.find(DecisionQuery.latest(500)));
    }

    /// What is on record of calls, oldest first.
    List<CallRecord> calls() {
        return onDisk(log -> log.findCalls(null, 500));
    }

    /// How the call of a decision ended, once that is on record.
    CallRecord endOf(String decision) {
        Await.until(() -> !ends(decision).isEmpty());
        return ends(decision).getFirst();
    }

    private List<CallRecord> ends(String decision) {
        return List.copyOf(onDisk(log -> log.endsOf(List.of(decision))).values());
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
