package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/metrics` of a whole server, and the administration API with tokens of its own.
class MetricsTest {
    @TempDir private Path directory;

    private static String line(Answer metrics, String start) {
        return metrics.body()
                .lines()
                .filter(line -> line.startsWith(start))
                .findFirst()
                .orElse("no " + start);
    }

    @Test
    void whatHappensIsCounted() throws IOException {
        PolicySets.copy("../../policies", directory);
        try (TestServer server = TestServer.start(directory)) {
            Answer fresh = server.get("/metrics");
            assertThat(fresh.header("Content-Type")).startsWith("text/plain");
            assertThat(line(fresh, "pdp_bootstrap_credential_active"))
                    .isEqualTo("pdp_bootstrap_credential_active 1.0");
            assertThat(line(fresh, "pdp_policy_load_failed ")).endsWith(" 0.0");
            assertThat(line(fresh, "pdp_policy_info{version=")).endsWith(" 1.0");

            server.post(
                    "/authorize",
                    "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/web\"}}");
            String token = token(server, "svc-bootstrap", secret());
            Answer refused =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/oauth2/token"))
                                    .header("Authorization", basic("svc-bootstrap", "nonsense"))
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "grant_type=client_credentials")));
            assertThat(refused.status()).isEqualTo(401);
            Answer accounts =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/v1/service-accounts"))
                                    .header("Authorization", "Bearer " + token));
            assertThat(accounts.status()).as(accounts.body()).isEqualTo(200);
            assertThat(accounts.json().path("items").findValuesAsText("name"))
                    .contains("svc-bootstrap");

            Answer metrics = server.get("/metrics");
            assertThat(metrics.body().lines())
                    .contains(
                            "pdp_decisions_total{outcome=\"deny\",cause=\"invalid_token\"} 1",
                            "pdp_tokens_total{outcome=\"issued\",grant=\"client_credentials\",error=\"\"} 1",
                            "pdp_tokens_total{outcome=\"refused\",grant=\"client_credentials\",error=\"invalid_client\"} 1",
                            "pdp_administration_requests_total{operation=\"listServiceAccounts\",outcome=\"done\"} 1");
            assertThat(metrics.body()).doesNotContain("qpdp_", token);

            makeAnotherAdministrator(server, token);
            assertThat(line(server.get("/metrics"), "pdp_bootstrap_credential_active"))
                    .isEqualTo("pdp_bootstrap_credential_active 0.0");
        }
    }

    /// One that works: its first change ends the bootstrap account.
    private static void makeAnotherAdministrator(TestServer server, String token) {
        String accounts = "/v1/service-accounts";
        Answer made =
                post(
                        server,
                        token,
                        accounts,
                        "{\"name\": \"svc-admin\", \"groups\": [\"pdp-admins\"]}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        Answer credential =
                post(
                        server,
                        token,
                        accounts + "/svc-admin/credentials",
                        "{\"kind\": \"client_secret\"}");
        assertThat(credential.status()).as(credential.body()).isEqualTo(201);
        String admin = token(server, "svc-admin", credential.json().path("client_secret").asText());
        Answer work = post(server, admin, accounts, "{\"name\": \"svc-worker\"}");
        assertThat(work.status()).as(work.body()).isEqualTo(201);
        Answer late = post(server, token, accounts, "{\"name\": \"svc-late\"}");
        assertThat(late.status()).as(late.body()).isEqualTo(401);
    }

    private static Answer post(TestServer server, String token, String path, String body) {
        return server.send(
                HttpRequest.newBuilder(server.uri(path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private String secret() throws IOException {
        return TestServer.JSON
                .readTree(Files.readString(directory.resolve("data/bootstrap.json")))
                .path("client_secret")
                .asText();
    }

    private static String basic(String account, String secret) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((account + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    private static String token(TestServer server, String account, String secret) {
        Answer answer =
                server.send(
                        HttpRequest.newBuilder(server.uri("/oauth2/token"))
                                .header("Authorization", basic(account, secret))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "grant_type=client_credentials")));
        return answer.json().path("access_token").asText();
    }
}
