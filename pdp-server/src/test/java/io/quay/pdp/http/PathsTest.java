package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathsTest {
    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpRequest.Builder request(String method, String path) {
        return HttpRequest.newBuilder(server.uri(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header("Accept", "text/html,*/*");
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.response().headers().map()).doesNotContainKey("server");
    }

    @ParameterizedTest(name = "at {0}")
    @ValueSource(
            strings = {
                "/",
                "/nothing",
                "/Authorize",
                "/livez/",
                "/access/v1",
                "/access/v1/evaluation/",
                "/authorize;x=1",
                "/index.html",
                "/favicon.ico",
                "/webjars/",
                "/authoriz%65x"
            })
    void findsNothing(String path) {
        assertProblem(server.send(request("GET", path)), 404);
        assertProblem(server.send(request("POST", path)), 404);
    }

    @ParameterizedTest(name = "{0} {1} takes {2}")
    @CsvSource({
        "GET, /authorize, POST",
        "PUT, /authorize, POST",
        "DELETE, /authorize, POST",
        "OPTIONS, /authorize, POST",
        "PATCH, /access/v1/evaluation, POST",
        "HEAD, /authorize, POST",
        "POST, /livez, 'GET, HEAD'",
        "PUT, /readyz, 'GET, HEAD'"
    })
    void refusesOtherMethods(String method, String path, String allowed) {
        Answer answer = server.send(request(method, path));
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow").split(", *", -1))
                .containsExactlyInAnyOrder(allowed.split(", *", -1));
        if (!method.equals("HEAD")) {
            assertProblem(answer, 405);
        }
    }

    @Test
    void answersHeadAsGetWithoutABody() {
        Answer answer = server.send(request("HEAD", "/livez"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "GET /authorize%2Fx HTTP/1.1",
                "POST /authorize%2F HTTP/1.1",
                "GET //livez HTTP/1.1",
                "GET /livez//x HTTP/1.1",
                "GET /a/../livez HTTP/1.1",
                "GET /a/%2e%2e/livez HTTP/1.1",
                "GET /..%2f..%2fetc/passwd HTTP/1.1",
                "GET /livez%00 HTTP/1.1",
                "GET /livez%zz HTTP/1.1",
                "GET /livez%c0%80 HTTP/1.1",
                "GET /livez\\x HTTP/1.1",
                "GET livez HTTP/1.1",
                "GET /livez HTTP/9.9",
                "GET /livez",
                "G<script>T /livez HTTP/1.1",
                "TRACE /livez HTTP/1.1",
                "FOO /livez HTTP/1.1",
            })
    void neverAnswersWithAPage(String requestLine) {
        String answer =
                server.raw(
                        requestLine,
                        "Host: pdp",
                        "Accept: text/html",
                        "X-Request-ID: mine",
                        "Connection: close",
                        "",
                        "");
        assertThat(answer)
                .doesNotContainIgnoringCase("<html")
                .doesNotContainIgnoringCase("<script")
                .doesNotContainIgnoringCase("\r\nserver:")
                .doesNotContain("Jetty", "jetty", "Javalin", "Exception");
        if (answer.startsWith("HTTP/1.1 ") && !answer.startsWith("HTTP/1.1 200")) {
            assertThat(answer).contains("application/problem+json").contains("\"instance\":");
        }
        assertThat(answer).doesNotStartWith("HTTP/1.1 500");
    }

    @Test
    void refusesHeadersThatAreTooLargeWithAProblem() {
        String answer =
                server.raw(
                        "GET /livez HTTP/1.1",
                        "Host: pdp",
                        "X: " + "x".repeat(100_000),
                        "Connection: close",
                        "",
                        "");
        assertThat(answer)
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json")
                .doesNotContain("<html");
    }

    @Test
    void refusesTwoLengths() {
        String answer =
                server.raw(
                        "POST /authorize HTTP/1.1",
                        "Host: pdp",
                        "Content-Length: 2",
                        "Transfer-Encoding: chunked",
                        "Connection: close",
                        "",
                        "0",
                        "",
                        "");
        assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
    }

    @ParameterizedTest(name = "id {0}")
    @ValueSource(strings = {"a", "0f8fad5b-d9cb-469f-a165-70867728950e", "a b/c?d#e%\"", "<id>"})
    void echoesTheRequestIdVerbatim(String id) {
        for (String path : new String[] {"/livez", "/nothing", "/authorize"}) {
            Answer answer = server.send(request("GET", path).header("X-Request-ID", id));
            assertThat(answer.header("X-Request-ID")).isEqualTo(id);
        }
        Answer refused =
                server.send(
                        server.request("/authorize")
                                .header("X-Request-ID", id)
                                .POST(HttpRequest.BodyPublishers.ofString("{")));
        assertThat(refused.header("X-Request-ID")).isEqualTo(id);
        assertThat(java.net.URI.create(refused.json().path("instance").asText()).toString())
                .startsWith("urn:quay-pdp:request:");
        Answer decided =
                server.send(
                        server.request("/authorize")
                                .header("X-Request-ID", id)
                                .POST(HttpRequest.BodyPublishers.ofString(Asking.NATIVE)));
        assertThat(decided.status()).isEqualTo(200);
        assertThat(decided.header("X-Request-ID")).isEqualTo(id);
    }

    @Test
    void makesARequestIdWhenThereIsNone() {
        String first = server.get("/livez").header("X-Request-ID");
        assertThat(first).isNotEmpty();
        assertThat(server.get("/nothing").header("X-Request-ID")).isNotEmpty().isNotEqualTo(first);
    }
}
