package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HealthEndpointTest {
    private static final String ALLOWED =
            """
            {"subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"},
             "action": {"name": "getRepo"},
             "resource": {"type": "Quay::Repository", "id": "acme/web"},
             "context": {"parameters": {}}}
            """;

    @TempDir private Path directory;

    /// Asks until the answer is as wanted: the directory is looked at twice a second.
    private static TestServer.Answer ready(TestServer server, Predicate<JsonNode> wanted) {
        Instant end = Instant.now().plus(Duration.ofSeconds(30));
        TestServer.Answer answer = server.get("/readyz");
        while (!wanted.test(answer.json()) && Instant.now().isBefore(end)) {
            Thread.onSpinWait();
            answer = server.get("/readyz");
        }
        assertThat(wanted.test(answer.json())).as(answer.body()).isTrue();
        return answer;
    }

    private static Predicate<JsonNode> status(String wanted) {
        return health -> health.path("status").asText().equals(wanted);
    }

    @Test
    void isDegradedWhileThePolicyDirectoryIsBroken() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            TestServer.Answer ok = ready(server, status("ok"));
            String version = ok.json().at("/checks/policies/detail").asText();
            assertThat(ok.status()).isEqualTo(200);
            assertThat(ok.json().path("checks").properties())
                    .extracting(java.util.Map.Entry::getKey)
                    .containsExactly("policies", "store", "signing_keys");

            Path broken = directory.resolve("policies/access/broken.cedar");
            Files.writeString(broken, "permit (principal");
            TestServer.Answer degraded = ready(server, status("degraded"));
            assertThat(degraded.status()).isEqualTo(200);
            assertThat(degraded.json().at("/checks/policies/detail").asText())
                    .contains("access/broken.cedar", version);
            assertThat(degraded.header("Content-Type")).isEqualTo("application/json");
            var decided = server.post("/authorize", ALLOWED);
            assertThat(decided.json().path("decision").asBoolean()).isTrue();
            assertThat(decided.context().path("policy_version").asText()).isEqualTo(version);
            assertThat(server.get("/livez").body()).isEqualTo("{\"status\":\"ok\"}");

            Files.delete(broken);
            assertThat(ready(server, status("ok")).json().at("/checks/policies/detail").asText())
                    .isEqualTo(version);
        }
    }

    @Test
    void isDegradedWhileThePolicyDirectoryIsGone() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            Files.move(directory.resolve("policies"), directory.resolve("away"));
            ready(server, status("degraded"));
            assertThat(server.post("/authorize", ALLOWED).json().path("decision").asBoolean())
                    .isTrue();
            Files.move(directory.resolve("away"), directory.resolve("policies"));
            ready(server, status("ok"));
        }
    }

    @Test
    void decidesByThePoliciesThatReplacedThose() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            String version = server.get("/readyz").json().at("/checks/policies/detail").asText();
            Files.writeString(
                    directory.resolve("policies/access/acme.cedar"),
                    "@id(\"nobody\") forbid (principal, action, resource);");
            ready(server, health -> !health.at("/checks/policies/detail").asText().equals(version));
            assertThat(server.post("/authorize", ALLOWED).cause()).isEqualTo("forbidden");
        }
    }
}
