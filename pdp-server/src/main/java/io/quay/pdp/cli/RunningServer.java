package io.quay.pdp.cli;

import java.util.OptionalInt;

/// A server that runs.
public interface RunningServer extends AutoCloseable {
    int port();

    /// Where the gateway listens; empty when there is none.
    default OptionalInt gatewayPort() {
        return OptionalInt.empty();
    }

    @Override
    void close();
}
