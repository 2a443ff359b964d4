package io.quay.pdp;

import io.quay.pdp.gateway.Execution;
import java.nio.file.Path;
import java.util.Map;

/// Servers with a gateway, for tests in its room.
public final class GatewayServers {
    private GatewayServers() {}

    /// @param yaml the content of `pdp.yaml`
    public static TestServer start(Path directory, String yaml, Execution execution) {
        return new TestServer(
                directory,
                PdpServer.open(TestServer.config(directory, yaml, Map.of()), execution),
                "");
    }
}
