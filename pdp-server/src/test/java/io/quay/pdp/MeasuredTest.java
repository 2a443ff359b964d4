package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.ops.Metrics;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a running server counts.
final class MeasuredTest {
    private static final String DENIED =
            """
            {"request": {"method": "GET", "target": "/api/v1/organization/acme"},
             "subject": {"type": "Quay::ServiceAccount", "id": "svc-canary"}}
            """;

    private static final DecisionRecord ALLOWED =
            new DecisionRecord(
                    "1",
                    Instant.EPOCH,
                    "pep-1",
                    null,
                    null,
                    null,
                    null,
                    null,
                    true,
                    null,
                    List.of(),
                    "v1",
                    Map.of(),
                    false);

    @TempDir private Path directory;

    private static Answer token(TestServer server, String client, String secret) {
        String basic =
                Base64.getEncoder()
                        .encodeToString((client + ":" + secret).getBytes(StandardCharsets.UTF_8));
        return server.send(
                HttpRequest.newBuilder(server.uri("/oauth2/token"))
                        .header("Authorization", "Basic " + basic)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "grant_type=client_credentials")));
    }

    @Test
    void countsDecisionsTokensAndAdministration() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            JsonNode bootstrap =
                    TestServer.JSON.readTree(
                            Files.readString(directory.resolve("data/bootstrap.json")));
            String client = bootstrap.path("client_id").asText();
            String secret = bootstrap.path("client_secret").asText();
            server.post("/authorize", DENIED);
            Answer issued = token(server, client, secret);
            assertThat(issued.status()).as(issued.body()).isEqualTo(200);
            token(server, client, "wrong");
            server.get("/v1/service-accounts");
            String metrics = server.get("/metrics").body();
            assertThat(metrics)
                    .contains(
                            "pdp_decisions_total{outcome=\"deny\",cause=\"account_unknown\"} 1\n",
                            "pdp_tokens_total{outcome=\"issued\",grant=\"client_credentials\",error=\"\"} 1\n",
                            "pdp_tokens_total{outcome=\"refused\",grant=\"client_credentials\",error=\"invalid_client\"} 1\n",
                            "pdp_administration_requests_total{operation=\"listServiceAccounts\",outcome=\"refused\"} 1\n",
                            "pdp_bootstrap_credential_active 1.0\n",
                            "pdp_policy_load_failed 0.0\n",
                            "pdp_policy_loads_failed 0.0\n",
                            "pdp_decision_log_queue 0.0\n",
                            "pdp_tokens_remembered ",
                            "pdp_policy_info{version=\"")
                    .doesNotContain("svc-", secret, issued.json().path("access_token").asText());
        }
    }

    @Test
    void aDecisionThatTheLogDoesNotTakeOnIsCountedAsDeniedAndNotTakenOn() {
        Metrics metrics = new Metrics();
        DecisionLog full =
                new DecisionLog() {
                    @Override
                    public void append(DecisionRecord decision) {
                        throw new AuditUnavailableException("full");
                    }

                    @Override
                    public void count(DeniedGroup group) {
                        throw new AuditUnavailableException("full");
                    }
                };
        DecisionLog measured = new Measured(metrics).decisions(full);

        assertThatThrownBy(() -> measured.take(ALLOWED))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(metrics.exposition())
                .contains("pdp_decisions_total{outcome=\"deny\",cause=\"audit_unavailable\"} 1\n");
    }
}
