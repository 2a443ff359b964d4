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

final class NarrowedTokenTest {
    @TempDir private Path directory;

    @Test
    void aNarrowedTokenAtTheAdministrationApi_isRefused() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            Answer refused = accounts(server, token(server, "&scope=repo:read"));
            assertThat(refused.status()).as(refused.body()).isEqualTo(403);
            assertThat(refused.header("WWW-Authenticate")).contains("error=\"insufficient_scope\"");
            assertThat(accounts(server, token(server, "")).status()).isEqualTo(200);
        }
    }

    private static Answer accounts(TestServer server, String token) {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/service-accounts"))
                        .header("Authorization", "Bearer " + token));
    }

    private String token(TestServer server, String more) throws IOException {
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
                                                "grant_type=client_credentials" + more)))
                .json()
                .path("access_token")
                .asText();
    }
}
