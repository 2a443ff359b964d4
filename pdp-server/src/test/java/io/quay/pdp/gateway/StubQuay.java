package io.quay.pdp.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// A server on a real socket that keeps every byte that reaches it and answers as a test wishes.
final class StubQuay implements AutoCloseable {
    /// @param line the request line
    /// @param headers as they came, a line each
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    record Received(String line, List<String> headers, byte[] body) {
        String header(String name) {
            return headers.stream()
                    .filter(header ->
                            header.toLowerCase(Locale.ROOT)
                                    .startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(header -> header.substring(name.length() + 1).strip())
                    .reduce((one, more) -> one + " | " + more)
                    .orElse("");
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /// What is answered.
    @FunctionalInterface
    interface Script {
        /// @return whether the connection stays open
        boolean answer(Received received, OutputStream out) throws IOException;
    }

    static final Script FINE =
            (received, out) ->
                    received.line().startsWith("HEAD ")
                            ? bodiless(out)
                            : answer(out, "200 OK", "", "{}");

    private final ServerSocket listening;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Script script = FINE;

    StubQuay() {
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    List<Received> received() {
        return received;
    }

    /// Begins anew.
    void forget() {
        received.clear();
        script = FINE;
    }

    /// How many connections were made to it.
    int connections() {
        return connections.get();
    }

    void answers(Script answer) {
        script = answer;
    }

    private static boolean bodiless(OutputStream out) throws IOException {
        out.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        return true;
    }

    /// @param headers lines that end in CRLF
    static boolean answer(OutputStream out, String status, String headers, String body)
            throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        out.write(
                ("HTTP/1.1 "
                                + status
                                + "\r\n"
                                + headers
                                + "Content-Type: application/json\r\n"
                                + "Content-Length: "
                                + content.length
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        out.write(content);
        out.flush();
        return true;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                open.add(socket);
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            boolean more = true;
            while (more) {
                Received request = read(in);
                if (request == null) {
                    return;
                }
                received.add(request);
                more = script.answer(request, socket.getOutputStream());
            }
        } catch (IOException _) {
            // the other side went away
        } finally {
            open.remove(socket);
        }
    }

    private static @org.jspecify.annotations.Nullable Received read(InputStream in)
            throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            return null;
        }
        List<String> headers = new CopyOnWriteArrayList<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            headers.add(header);
        }
        Received head = new Received(line, List.copyOf(headers), new byte[0]);
        String length = head.header("Content-Length");
        byte[] body =
                head.header("Transfer-Encoding").isEmpty()
                        ? in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length))
                        : chunks(in);
        return new Received(line, head.headers(), body);
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int size = Integer.parseInt(line(in), 16);
        while (size > 0) {
            body.write(in.readNBytes(size));
            line(in);
            size = Integer.parseInt(line(in), 16);
        }
        line(in);
        return body.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
