package io.quay.pdp.cli;

import io.quay.pdp.config.Config;

/// How `serve` gets its server.
@FunctionalInterface
public interface ServerFactory {
    /// @throws StartFailure when it cannot start
    RunningServer open(Config config);
}
