package io.quay.pdp.jose;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// An HTTP server on the loopback address that publishes keys, or misbehaves.
public final class KeyServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch closing = new CountDownLatch(1);

    private KeyServer(HttpServer server) {
        this.server = server;
    }

    public static KeyServer start() {
        try {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            KeyServer keys = new KeyServer(server);
            server.setExecutor(keys.threads);
            server.start();
            return keys;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
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

    /// From now on the path answers with status 503.
    public void fail(String path) {
        server.removeContext(path);
        on(path, exchange -> send(exchange, 503, "{}"));
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
                            requests.incrementAndGet();
                            try (exchange) {
                                answer.to(exchange);
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
