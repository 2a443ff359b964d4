package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.identity.Value;
import java.util.Map;

/// Finds where a name stands: as an entity's id, as a text, or covered by a pattern.
///
/// @param name of an account
record Mentions(String name) {
    /// @param policy in Cedar's JSON form; its annotations do not count
    boolean in(JsonNode policy) {
        for (Map.Entry<String, JsonNode> part : policy.properties()) {
            if (!part.getKey().equals("annotations") && within(part.getValue())) {
                return true;
            }
        }
        return false;
    }

    private boolean within(JsonNode node) {
        if (node.isTextual()) {
            return node.textValue().equals(name);
        }
        if (node.has("like") && !ofContext(node.path("like").path("left"))) {
            if (Glob.matches(node.path("like").path("pattern"), name)) {
                return true;
            }
        }
        for (JsonNode child : node) {
            if (within(child)) {
                return true;
            }
        }
        return false;
    }

    /// What the request says is no account's name.
    private static boolean ofContext(JsonNode expression) {
        JsonNode left = expression.path(".").path("left");
        return left.isMissingNode()
                ? expression.path("Var").asText().equals("context")
                : ofContext(left);
    }

    boolean in(EntityData fact) {
        return fact.ref().id().equals(name)
                || fact.attributes().values().stream().anyMatch(this::in)
                || fact.tags().values().stream().anyMatch(this::in);
    }

    private boolean in(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text.equals(name);
            case Value.Entity(var ref) -> ref.id().equals(name);
            case Value.Many(var values) -> values.stream().anyMatch(this::in);
            case Value.Fields(var values) -> values.values().stream().anyMatch(this::in);
            case Value.Bool _, Value.Whole _, Value.Address _, Value.Moment _, Value.Unfit _ ->
                    false;
        };
    }
}
