package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer;
import java.util.List;

/// What makes two decisions the same: all that is recorded of them, byte for byte, but who asked,
/// when, and under which id.
final class SameDecision {
    private static final List<String> OF_THE_QUESTION =
            List.of("id", "time", "caller", "request_id");

    private SameDecision() {}

    /// What was recorded, as the server writes it.
    static String recorded(ProxiedServer server, String id) {
        assertThat(id).isNotEmpty();
        ObjectNode record = (ObjectNode) server.record(id);
        assertThat(record.path("id").asText()).isEqualTo(id);
        record.remove(OF_THE_QUESTION);
        return record.toString();
    }

    /// At AuthZEN the caller names the subject, and no token is shown.
    static String withoutToken(String recorded) {
        return Json.without(recorded, "/token_id");
    }

    /// AuthZEN asks by action and resource: those that the request line was found to mean.
    static String asTriple(ProxiedServer server, TestServer.Answer decided) {
        JsonNode meant = decided.context();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("subject", meant.path("principal"));
        body.putObject("action").put("name", meant.path("action").asText());
        body.set("resource", meant.path("resource"));
        body.putObject("context")
                .set("parameters", server.record(meant.path("id").asText()).path("parameters"));
        return body.toString();
    }
}
