package io.quay.pdp.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Values and lists of names as JSON text, and back to equal ones. Plain JSON where JSON has the
/// type; else an object of one member, in the manner of Cedar's JSON: `__entity`, `__extn`, and
/// `__fields` around a record whose own names could be mistaken for these.
final class ValueJson {
    // a pool of its own: Jackson's is for each thread, and virtual threads are used once
    private static final ObjectMapper JSON =
            new ObjectMapper(
                    JsonFactory.builder()
                            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                            .build());
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String ENTITY = "__entity";
    private static final String EXTENSION = "__extn";
    private static final String FIELDS = "__fields";

    private ValueJson() {}

    static String names(List<String> names) {
        if (names.isEmpty()) {
            return "[]";
        }
        ArrayNode array = NODES.arrayNode(names.size());
        names.forEach(array::add);
        return text(array);
    }

    static List<String> names(String json) {
        List<String> names = new ArrayList<>();
        parse(json).forEach(name -> names.add(name.textValue()));
        return names;
    }

    static String fields(Map<String, Value> fields) {
        return fields.isEmpty() ? "{}" : text(object(fields));
    }

    static Map<String, Value> fields(String json) {
        return fields(parse(json));
    }

    private static JsonNode node(Value value) {
        return switch (value) {
            case Value.Text(String text) -> NODES.textNode(text);
            case Value.Bool(boolean bool) -> NODES.booleanNode(bool);
            case Value.Whole(long whole) -> NODES.numberNode(whole);
            case Value.Entity(EntityRef ref) ->
                    NODES.objectNode()
                            .set(
                                    ENTITY,
                                    NODES.objectNode().put("type", ref.type()).put("id", ref.id()));
            case Value.Unfit _ -> throw new IllegalStateException("no value of Cedar's");
            case Value.Many(List<Value> values) -> {
                ArrayNode array = NODES.arrayNode(values.size());
                values.forEach(each -> array.add(node(each)));
                yield array;
            }
            case Value.Fields(Map<String, Value> fields) ->
                    fields.keySet().stream().anyMatch(name -> name.startsWith("__"))
                            ? NODES.objectNode().set(FIELDS, object(fields))
                            : object(fields);
            case Value.Address(String address) -> extension("ip", address);
            case Value.Moment(Instant moment) -> extension("datetime", moment.toString());
        };
    }

    private static JsonNode extension(String function, String argument) {
        return NODES.objectNode()
                .set(EXTENSION, NODES.objectNode().put("fn", function).put("arg", argument));
    }

    /// Members are sorted: equal values give equal text.
    private static ObjectNode object(Map<String, Value> fields) {
        ObjectNode object = NODES.objectNode();
        new TreeMap<>(fields).forEach((name, value) -> object.set(name, node(value)));
        return object;
    }

    private static Value value(JsonNode node) {
        if (node.isTextual()) {
            return Value.of(node.textValue());
        }
        if (node.isBoolean()) {
            return Value.of(node.booleanValue());
        }
        if (node.canConvertToExactIntegral()) {
            return Value.of(node.longValue());
        }
        if (node.isArray()) {
            List<Value> values = new ArrayList<>(node.size());
            node.forEach(each -> values.add(value(each)));
            return new Value.Many(values);
        }
        if (node.has(ENTITY)) {
            JsonNode ref = node.get(ENTITY);
            return new Value.Entity(
                    new EntityRef(
                            ref.required("type").textValue(), ref.required("id").textValue()));
        }
        if (node.has(EXTENSION)) {
            String argument = node.get(EXTENSION).required("arg").textValue();
            return node.get(EXTENSION).required("fn").textValue().equals("ip")
                    ? new Value.Address(argument)
                    : new Value.Moment(Instant.parse(argument));
        }
        return new Value.Fields(fields(node.has(FIELDS) ? node.get(FIELDS) : node));
    }

    private static Map<String, Value> fields(JsonNode object) {
        Map<String, Value> fields = new LinkedHashMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), value(field.getValue())));
        return fields;
    }

    private static String text(JsonNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes cannot be written", e);
        }
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new StoreException("a stored value is not JSON", e);
        }
    }
}
