package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.basic;
import static io.quay.pdp.oauth.OAuthServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Requests for tokens that say more than they may, and what is said of the API that takes them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenRequestTest {
    private static final String ID = "svc-bootstrap";

    @SuppressWarnings("NullAway.Init")
    private OAuthServer server;

    @BeforeAll
    void start(@TempDir Path directory) {
        server = OAuthServer.start(directory);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void authorizationDetails_areRefusedAndNotPassedOver() throws Exception {
        HttpResponse<String> answer =
                server.token(
                        basic(ID, server.bootstrapSecret()),
                        "grant_type",
                        "client_credentials",
                        "authorization_details",
                        "[{\"type\":\"quay_org\"}]");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).path("error").asText()).isEqualTo("invalid_authorization_details");
    }

    @Test
    void anEncodedBody_isRefused() throws Exception {
        refused("Content-Encoding", "gzip");
    }

    @Test
    void aSecondContentType_isRefused() throws Exception {
        refused("Content-Type", "text/plain");
    }

    private void refused(String header, String value) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(server.issuer() + "/oauth2/token"))
                                    .header("Authorization", basic(ID, server.bootstrapSecret()))
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .header(header, value)
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "grant_type=client_credentials"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(json(answer).path("error").asText()).isEqualTo("invalid_request");
        }
    }

    @Test
    void theApiSaysWhoseTokensItTakes() throws Exception {
        JsonNode resource = json(server.get("/.well-known/oauth-protected-resource"));
        assertThat(resource.path("resource").asText()).isEqualTo(server.issuer());
        assertThat(resource.path("authorization_servers").get(0).asText())
                .isEqualTo(server.issuer());
    }
}
