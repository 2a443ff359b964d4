package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// JSON as Cedar values. Cedar has no null and no fractions: members that are null count as absent,
/// fractions are refused.
public final class JsonValues {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String ENTITY = "__entity";

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
                    node.has(ENTITY)
                            ? entity(node.path(ENTITY))
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

    /// What [#readMembers] read, and addresses and moments as their text; members in order.
    public static ObjectNode write(Map<String, Value> members) {
        ObjectNode object = NODES.objectNode();
        new TreeMap<>(members).forEach((name, value) -> object.set(name, write(value)));
        return object;
    }

    private static JsonNode write(Value value) {
        return switch (value) {
            case Value.Text(String text) -> NODES.textNode(text);
            case Value.Bool(boolean flag) -> NODES.booleanNode(flag);
            case Value.Whole(long number) -> NODES.numberNode(number);
            case Value.Entity(EntityRef ref) ->
                    NODES.objectNode()
                            .set(
                                    ENTITY,
                                    NODES.objectNode().put("type", ref.type()).put("id", ref.id()));
            case Value.Many(List<Value> values) -> {
                ArrayNode array = NODES.arrayNode();
                values.forEach(each -> array.add(write(each)));
                yield array;
            }
            case Value.Fields(Map<String, Value> fields) -> write(fields);
            case Value.Address(String address) -> NODES.textNode(address);
            case Value.Moment(Instant moment) -> NODES.textNode(moment.toString());
            case Value.Unfit _ -> throw new IllegalStateException("no value of Cedar's");
        };
    }

    /// As [#readMembers], of a caller: what Cedar does not have is kept as [Value.Unfit], for
    /// members that the schema does not declare are ignored, whatever they are.
    public static Map<String, Value> readSupplied(JsonNode object) {
        Map<String, Value> members = new HashMap<>();
        object.properties()
                .forEach(entry -> {
                    if (!entry.getValue().isNull()) {
                        members.put(entry.getKey(), supplied(entry.getValue()));
                    }
                });
        return members;
    }

    private static Value supplied(JsonNode node) {
        if (node.isArray()) {
            List<Value> values = new ArrayList<>();
            node.forEach(item -> values.add(supplied(item)));
            return new Value.Many(values);
        }
        if (node.isObject() && !node.has(ENTITY)) {
            return new Value.Fields(readSupplied(node));
        }
        try {
            return read(node);
        } catch (IllegalArgumentException _) {
            return new Value.Unfit();
        }
    }

    private static boolean isWhole(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong();
    }

    private static Value number(JsonNode node) {
        if (!isWhole(node)) {
            throw new IllegalArgumentException("numbers must be whole and fit 64 bits");
        }
        return Value.of(node.asLong());
    }

    private static Value entity(JsonNode node) {
        return new Value.Entity(
                new EntityRef(node.path("type").asText(), node.path("id").asText()));
    }
}
