package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The request lines of `test-fixtures/forward-auth/targets.json`: those that proxies, servers and
/// routers read differently, and some sound ones.
final class ProxiedTargets {
    /// @param allow whether an account that may do everything is allowed it
    record Line(int row, String method, String target, boolean allow) {
        @Override
        public String toString() {
            String shown = target.length() > 60 ? target.substring(0, 60) + "…" : target;
            return row + " " + method + " " + shown;
        }
    }

    private ProxiedTargets() {}

    static List<Line> all() {
        Path file = PolicySets.REPOSITORY.resolve("test-fixtures/forward-auth/targets.json");
        try {
            List<Line> lines = new ArrayList<>();
            for (JsonNode each : TestServer.JSON.readTree(file.toFile())) {
                lines.add(
                        new Line(
                                each.path("row").asInt(),
                                each.path("method").asText(),
                                each.path("target").asText(),
                                each.path("allow").asBoolean()));
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
