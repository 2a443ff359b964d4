package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuayApiTest {
    private static final String SECRET = "Bearer canary-0123456789";
    private static final int MAX = 1_000;

    private final CountDownLatch end = new CountDownLatch(1);
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @SuppressWarnings("NullAway.Init")
    private QuayApi api;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        api =
                QuayApi.open(
                        new QuayApi.Settings(
                                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                                null,
                                Duration.ofSeconds(2),
                                MAX));
    }

    @AfterEach
    void stop() {
        end.countDown();
        api.close();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        try (exchange) {
            switch (path) {
                case "/redirect" -> {
                    exchange.getResponseHeaders().add("Location", "/ok");
                    answer(exchange, 308, "");
                }
                case "/large" -> answer(exchange, 200, "\"" + "x".repeat(2 * MAX) + "\"");
                case "/garbage" -> answer(exchange, 200, "<html>");
                case "/slow" -> wait(exchange);
                case "/broken" -> answer(exchange, 503, "{}");
                case "/refused" ->
                        answer(exchange, 401, "{\"error_message\": \"Invalid\\u0000token\"}");
                default -> answer(exchange, 200, "{\"username\": \"svc-tf\"}");
            }
        }
    }

    private void wait(HttpExchange exchange) throws IOException {
        try {
            var _ = end.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answer(exchange, 200, "{}");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void anAnswerIsRead() {
        assertThat(api.get("/ok", SECRET))
                .isInstanceOfSatisfying(
                        QuayAnswer.Ok.class,
                        ok -> assertThat(ok.body().path("username").asText()).isEqualTo("svc-tf"));
    }

    @Test
    void aRefusalWithoutAChallengeIsRead() {
        assertThat(api.get("/refused", SECRET))
                .isEqualTo(new QuayAnswer.Refused(401, "401 Invalid token"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/redirect", "/large", "/garbage", "/slow", "/broken"})
    void whatIsNoAnswer_countsForNothing(String path) {
        assertThat(api.get(path, SECRET))
                .isInstanceOfSatisfying(
                        QuayAnswer.Missing.class,
                        missing -> assertThat(missing.message()).doesNotContain("canary"));
        assertThat(asked).containsExactly(path);
    }

    @Test
    void nobodyAtTheAddress_isSaid() {
        server.stop(0);
        assertThat(api.get("/ok", SECRET)).isInstanceOf(QuayAnswer.Missing.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", ".", "a/b", "a%2Fb", "a b", "a?b", "ä"})
    void aNameThatIsNoSegment_isRefused(String name) {
        assertThatThrownBy(() -> QuayApi.segment(name))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
