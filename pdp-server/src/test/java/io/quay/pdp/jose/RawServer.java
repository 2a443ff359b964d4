package io.quay.pdp.jose;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A server on the loopback address that says what the test likes, and keeps connections open until
/// it is closed.
final class RawServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    private RawServer(ServerSocket listener) {
        this.listener = listener;
    }

    interface Conversation {
        void hold(InputStream in, OutputStream out) throws IOException;
    }

    static RawServer start(Conversation conversation) {
        try {
            RawServer server =
                    new RawServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            Thread.ofVirtual().start(() -> server.accept(conversation));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void lines(OutputStream out, String... lines) throws IOException {
        for (String line : lines) {
            out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    int connections() {
        return sockets.size();
    }

    private void accept(Conversation conversation) {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> hold(socket, conversation));
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    private static void hold(Socket socket, Conversation conversation) {
        try {
            conversation.hold(socket.getInputStream(), socket.getOutputStream());
        } catch (IOException _) {
            // The other side has gone.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
