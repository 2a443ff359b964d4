package io.quay.pdp.jose;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// An HTTP server on the loopback address that publishes keys, or misbehaves.
public final class KeyServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger requests = new AtomicInteger();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private volatile String body = "";
    private final CountDownLatch closing = new CountDownLatch(1);

    private KeyServer(HttpServer server) {
        this.server = server;
    }

    public static KeyServer start() {
        return start(null);
    }

    /// @param tls null = without
    static KeyServer start(@Nullable SSLContext tls) {
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try {
            HttpServer server;
            if (tls == null) {
                server = HttpServer.create(loopback, 0);
            } else {
                HttpsServer https = HttpsServer.create(loopback, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = https;
            }
            KeyServer keys = new KeyServer(server);
            server.setExecutor(keys.threads);
            server.start();
            return keys;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + port();
    }

    int port() {
        return server.getAddress().getPort();
    }

    public URI uri(String path) {
        return URI.create(url() + path);
    }

    /// How many requests came, to any path.
    public int requests() {
        return requests.get();
    }

    public void answer(String path, Supplier<String> body) {
        on(path, exchange -> send(exchange, 200, body.get()));
    }

    /// The header `Authorization` of each request that came, empty without.
    List<String> authorizations() {
        return authorizations;
    }

    /// The body of the latest request.
    String body() {
        return body;
    }

    void answer(String path, int status, String text) {
        on(path, exchange -> send(exchange, status, text));
    }

    /// From now on the path answers with status 503.
    public void fail(String path) {
        server.removeContext(path);
        on(path, exchange -> send(exchange, 503, "{}"));
    }

    /// From now on the path takes requests and says nothing.
    void silence(String path) {
        server.removeContext(path);
        hang(path);
    }

    public void recover(String path, Supplier<String> body) {
        server.removeContext(path);
        answer(path, body);
    }

    public void redirect(String path, String location) {
        on(
                path,
                exchange -> {
                    exchange.getResponseHeaders().add("Location", location);
                    send(exchange, 302, "");
                });
    }

    /// Takes the request and says nothing until the server is closed.
    public void hang(String path) {
        on(path, _ -> closing.await());
    }

    /// Sends the status and the first byte, and no more until the server is closed.
    public void stall(String path) {
        on(
                path,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    closing.await();
                });
    }

    /// Sends a byte now and then until the server is closed.
    void trickle(String path) {
        on(
                path,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    while (!closing.await(20, TimeUnit.MILLISECONDS)) {
                        exchange.getResponseBody().write(' ');
                        exchange.getResponseBody().flush();
                    }
                });
    }

    /// Sends bytes for as long as somebody reads them.
    public void flood(String path) {
        on(
                path,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] chunk = new byte[64 * 1024];
                    while (closing.getCount() > 0) {
                        exchange.getResponseBody().write(chunk);
                    }
                });
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.close();
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private void on(String path, Answer answer) {
        var _ =
                server.createContext(
                        path,
                        exchange -> {
                            try (exchange) {
                                note(exchange);
                                answer.to(exchange);
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    private void note(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        authorizations.add(authorization == null ? "" : authorization);
        body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.incrementAndGet();
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        // as GitLab and SPIRE's provider send it: nobody who asks in parallel may heed it
        exchange.getResponseHeaders().add("Cache-Control", "no-cache, no-store, must-revalidate");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
