package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That HEAD is decided like GET, on every route that is read.
final class HeadTest {
    @TempDir private static Path directory;
    private static ApiServer api;

    @BeforeAll
    static void start() {
        api = ApiServer.start(directory);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void refusesWhoProvesNothing() {
        int asked = 0;
        for (Route route : api.face.routes()) {
            if (route.method() == Route.Method.GET) {
                asked++;
                Answer answer =
                        api.http.send(
                                HttpRequest.newBuilder(api.http.uri(route.at("svc-x", "y")))
                                        .method("HEAD", HttpRequest.BodyPublishers.noBody()));
                assertThat(answer.status()).as(route.id()).isEqualTo(401);
                assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
            }
        }
        assertThat(asked).isGreaterThan(10);
    }

    @Test
    void saysWhatIsNotThere() {
        assertThat(head(ApiServer.ACCOUNTS + "/svc-nobody").status()).isEqualTo(404);
        assertThat(head(ApiServer.ACCOUNTS + "?unknown=1").status()).isEqualTo(400);
    }

    @Test
    void answersAsGetWithoutABody() {
        api.make("svc-head", null);
        Answer head = head(ApiServer.ACCOUNTS + "/svc-head");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("ETag")).isEqualTo("\"1\"");
        assertThat(head("/openapi.json").header("ETag")).startsWith("\"");
    }

    @Test
    void theDocumentIsSentOnceToWhoHasIt() {
        String tag = api.http.get("/openapi.json").header("ETag");
        Answer again =
                api.http.send(
                        HttpRequest.newBuilder(api.http.uri("/openapi.json"))
                                .header("If-None-Match", tag));
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    private static Answer head(String path) {
        return api.send(ApiServer.BOSS, "HEAD", path, null);
    }
}
