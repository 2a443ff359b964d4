package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuthZenMetadataTest {
    private static final String PATH = "/.well-known/authzen-configuration";

    @TempDir private Path directory;

    private TestServer at(String issuer) {
        return TestServer.start(directory, "server: {issuer: '" + issuer + "'}", Map.of());
    }

    @Test
    void namesWhatItServesAndNothingElse() {
        try (TestServer server = at("https://pdp.example.com")) {
            Answer answer = server.get(PATH);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Cache-Control")).startsWith("max-age=");
            assertThat(answer.body())
                    .isEqualTo(
                            """
                            {"policy_decision_point":"https://pdp.example.com",\
                            "access_evaluation_endpoint":"https://pdp.example.com/access/v1/evaluation",\
                            "access_evaluations_endpoint":"https://pdp.example.com/access/v1/evaluations",\
                            "search_subject_endpoint":"https://pdp.example.com/access/v1/search/subject",\
                            "search_resource_endpoint":"https://pdp.example.com/access/v1/search/resource",\
                            "search_action_endpoint":"https://pdp.example.com/access/v1/search/action"}\
                            """);
            for (JsonNode url : answer.json()) {
                String path = url.asText().substring("https://pdp.example.com".length());
                assertThat(server.post(path, "{}").status()).isIn(400, 404);
                assertThat(server.post(path, "{}").status() == 404).isEqualTo(path.isEmpty());
            }
        }
    }

    @Test
    void believesNoHeaderOfTheRequest() {
        try (TestServer server = at("https://pdp.example.com")) {
            String answer =
                    server.raw(
                            "GET " + PATH + " HTTP/1.1",
                            "Host: evil.example.net",
                            "X-Forwarded-Host: evil.example.net",
                            "X-Forwarded-Proto: ftp",
                            "Forwarded: host=evil.example.net",
                            "Connection: close",
                            "",
                            "");
            assertThat(answer)
                    .contains("\"https://pdp.example.com/access/v1/evaluation\"")
                    .doesNotContain("evil", "ftp:");
        }
    }

    @Test
    void standsBehindTheIdentifiersPath() {
        try (TestServer server = at("https://example.com/tenant1")) {
            Answer answer = server.get(PATH + "/tenant1");
            assertThat(answer.json().path("policy_decision_point").asText())
                    .isEqualTo("https://example.com/tenant1");
            assertThat(answer.json().path("search_action_endpoint").asText())
                    .isEqualTo("https://example.com/tenant1/access/v1/search/action");
            assertThat(server.get(PATH + "/tenant2").status()).isEqualTo(404);
        }
    }

    @Test
    void isReadOnly() {
        try (TestServer server = TestServer.start(directory)) {
            assertThat(server.post(PATH, "{}").status()).isEqualTo(405);
            Answer head =
                    server.send(
                            HttpRequest.newBuilder(server.uri(PATH))
                                    .method("HEAD", HttpRequest.BodyPublishers.noBody()));
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
        }
    }
}
