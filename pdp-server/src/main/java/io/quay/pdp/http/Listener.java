package io.quay.pdp.http;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/// An address that is ours before anything is served on it: the issuer's URL may hold its port.
public final class Listener implements AutoCloseable {
    /// Connections that wait while the server starts, or is busy.
    private static final int BACKLOG = 1_024;

    private final ServerSocketChannel channel;

    private Listener(ServerSocketChannel channel) {
        this.channel = channel;
    }

    /// @param port 0 = any that is free
    /// @throws BindException when the address cannot be had
    public static Listener bind(String host, int port) throws BindException {
        ServerSocketChannel channel = null;
        boolean bound = false;
        try {
            channel = ServerSocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new BindException("the host has no address");
            }
            channel.bind(address, BACKLOG);
            bound = true;
            return new Listener(channel);
        } catch (BindException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            BindException refused = new BindException(String.valueOf(e.getMessage()));
            refused.initCause(e);
            throw refused;
        } finally {
            if (!bound && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    /// Bound, and not yet accepted from.
    public ServerSocketChannel channel() {
        return channel;
    }

    public int port() {
        return channel.socket().getLocalPort();
    }

    private static void closeQuietly(ServerSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // it was never used
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
