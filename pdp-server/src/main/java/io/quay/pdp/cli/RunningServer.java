package io.quay.pdp.cli;

/// A server that runs.
public interface RunningServer extends AutoCloseable {
    int port();

    @Override
    void close();
}
