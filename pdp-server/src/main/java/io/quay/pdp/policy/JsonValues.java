package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// JSON as Cedar values. Cedar has no null and no fractions: members that are null count as absent,
/// fractions are refused.
public final class JsonValues {
    private JsonValues() {}

    /// @throws IllegalArgumentException for a number that is no 64-bit whole number, or a null
    ///   where a value must be
    public static Value read(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> Value.of(node.asText());
            case BOOLEAN -> Value.of(node.asBoolean());
            case NUMBER -> number(node);
            case ARRAY -> {
                List<Value> values = new ArrayList<>();
                node.forEach(item -> values.add(read(item)));
                yield new Value.Many(values);
            }
            case OBJECT ->
                    node.has("__entity")
                            ? entity(node.path("__entity"))
                            : new Value.Fields(readMembers(node));
            case NULL, MISSING, BINARY, POJO ->
                    throw new IllegalArgumentException("null is no value here");
        };
    }

    /// The members of an object; those that are null are absent.
    public static Map<String, Value> readMembers(JsonNode object) {
        Map<String, Value> members = new HashMap<>();
        object.properties()
                .forEach(entry -> {
                    if (!entry.getValue().isNull()) {
                        members.put(entry.getKey(), read(entry.getValue()));
                    }
                });
        return members;
    }

    private static Value number(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new IllegalArgumentException("numbers must be whole and fit 64 bits");
        }
        return Value.of(node.asLong());
    }

    private static Value entity(JsonNode node) {
        return new Value.Entity(
                new EntityRef(node.path("type").asText(), node.path("id").asText()));
    }
}
