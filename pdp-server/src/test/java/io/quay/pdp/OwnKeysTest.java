package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.jose.TestIssuer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that no account may have, on a server as it is put together.
final class OwnKeysTest {
    @TempDir private Path directory;

    @Test
    void ourOwnKeysAndThoseOfIssuers_asAnAccountsKey_areRefused() throws IOException {
        TestIssuer issuer = TestIssuer.create("https://cluster.example.com");
        PolicySets.copy("acme", directory);
        Path policies = directory.resolve("policies");
        Files.writeString(
                Files.createDirectories(policies.resolve("keys")).resolve("issuer.json"),
                issuer.jwks());
        Files.writeString(
                policies.resolve("issuers.yaml"),
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: https://cluster.example.com
                    audience: https://pdp.example.com
                    keys: {jwks_file: keys/issuer.json}
                """);
        Files.createDirectories(policies.resolve("admin"));
        Files.writeString(
                policies.resolve("admin/bootstrap.cedar"),
                """
                @id("bootstrap") @waive("unconstrained-permit: test")
                permit (principal == Quay::ServiceAccount::"svc-bootstrap",
                  action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts", Pdp::Action::"escalate"],
                  resource);
                """);
        try (TestServer server = TestServer.start(directory)) {
            String token = token(server);
            post(server, token, "", "{\"name\": \"svc-one\"}");
            JsonNode ours = server.get("/oauth2/jwks").json().path("keys");
            assertThat(ours).hasSizeGreaterThan(1);
            ours.forEach(key -> assertTaken(register(server, token, key)));
            TestServer.JSON
                    .readTree(issuer.jwks())
                    .path("keys")
                    .forEach(key -> assertTaken(register(server, token, key)));
            JsonNode other =
                    TestServer.JSON
                            .readTree(TestIssuer.create("https://other.example.com").jwks())
                            .path("keys")
                            .get(0);
            assertThat(register(server, token, other).status()).isEqualTo(201);
        }
    }

    private static void assertTaken(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(409);
        assertThat(answer.json().path("type").asText()).endsWith(":credential-taken");
    }

    private static Answer register(TestServer server, String token, JsonNode key) {
        return post(
                server,
                token,
                "/svc-one/credentials",
                "{\"kind\": \"public_key\", \"jwk\": " + key + "}");
    }

    private static Answer post(TestServer server, String token, String path, String body) {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/service-accounts" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private String token(TestServer server) throws IOException {
        String secret =
                TestServer.JSON
                        .readTree(Files.readString(directory.resolve("data/bootstrap.json")))
                        .path("client_secret")
                        .asText();
        String basic =
                Base64.getEncoder()
                        .encodeToString(
                                ("svc-bootstrap:" + secret).getBytes(StandardCharsets.UTF_8));
        return server.send(
                        HttpRequest.newBuilder(server.uri("/oauth2/token"))
                                .header("Authorization", "Basic " + basic)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "grant_type=client_credentials")))
                .json()
                .path("access_token")
                .asText();
    }
}
