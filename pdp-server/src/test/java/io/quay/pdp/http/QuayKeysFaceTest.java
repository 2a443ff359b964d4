package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.token.InMemorySigningKeys;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.MovingClock;
import io.quay.pdp.token.Rings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/// S18: what Quay fetches has capacity of its own.
class QuayKeysFaceTest {
    private static final String ISSUER = "https://pdp.example.com/quay";

    private final KeyRing ring = ring();

    private static KeyRing ring() {
        KeyRing opened =
                Rings.ring(
                        new InMemorySigningKeys(), Rings.encryption(), new MovingClock(), "RS256");
        opened.open();
        return opened;
    }

    private static HttpResponse<String> get(int port, String path)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private WebServer serve(Listener listener, Semaphore capacity) {
        Face other = routes -> Face.read(routes, "/other", context -> context.result("other"));
        WebServer web =
                new WebServer(
                        listener,
                        new WebServer.Limits(65_536, 16, 16_384),
                        List.of(new QuayKeysFace(ring, ISSUER, ISSUER + "/jwks", capacity), other));
        web.start();
        return web;
    }

    @Test
    void keysAndDiscoveryAreServedAgainAndAgain() throws Exception {
        Listener listener = Listener.bind("127.0.0.1", 0);
        try (WebServer _ = serve(listener, new Semaphore(1))) {
            for (int i = 0; i < 10; i++) {
                HttpResponse<String> keys = get(listener.port(), "/quay/jwks");
                assertThat(keys.statusCode()).isEqualTo(200);
                assertThat(keys.body()).isEqualTo(ring.jwks());
            }
            assertThat(get(listener.port(), "/quay/.well-known/openid-configuration").body())
                    .contains("\"issuer\":\"" + ISSUER + "\"")
                    .contains("\"jwks_uri\":\"" + ISSUER + "/jwks\"");
        }
    }

    @Test
    void s18AFloodOfFetchesOfKeys_isRefusedWithoutCostToOthers() throws Exception {
        Listener listener = Listener.bind("127.0.0.1", 0);
        try (WebServer _ = serve(listener, new Semaphore(0))) {
            HttpResponse<String> refused = get(listener.port(), "/quay/jwks");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(get(listener.port(), "/other").statusCode()).isEqualTo(200);
        }
    }
}
