package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Checks a value against a schema of an OpenAPI document, as far as our schemas go. Stricter than
/// JSON Schema in one way: members that the schema does not name are wrong.
final class SchemaCheck {
    private final JsonNode document;
    private final List<String> wrong = new ArrayList<>();

    SchemaCheck(JsonNode document) {
        this.document = document;
    }

    /// What is wrong, and where.
    List<String> check(JsonNode value, JsonNode schema) {
        check(value, schema, "");
        return List.copyOf(wrong);
    }

    private void check(JsonNode value, JsonNode schema, String at) {
        if (schema.has("$ref")) {
            JsonNode target = document.at(schema.path("$ref").asText().substring(1));
            if (target.isMissingNode()) {
                wrong.add(at + ": dangling " + schema.path("$ref"));
            }
            check(value, target, at);
            return;
        }
        if (schema.has("anyOf")) {
            for (JsonNode one : schema.path("anyOf")) {
                if (new SchemaCheck(document).check(value, one).isEmpty()) {
                    return;
                }
            }
            wrong.add(at + ": is none of " + schema.path("anyOf"));
            return;
        }
        if (schema.has("enum") && !contains(schema.path("enum"), value)) {
            wrong.add(at + ": is not in " + schema.path("enum"));
        }
        if (schema.has("type") && !ofType(value, schema.path("type"))) {
            wrong.add(at + ": " + value.getNodeType() + " is not " + schema.path("type"));
            return;
        }
        if (value.isTextual()
                && schema.has("pattern")
                && !value.asText().matches(schema.path("pattern").asText())) {
            wrong.add(at + ": does not match " + schema.path("pattern"));
        }
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                check(value.get(i), schema.path("items"), at + "/" + i);
            }
        }
        if (value.isObject() && schema.has("properties")) {
            members(value, schema, at);
        }
    }

    private void members(JsonNode value, JsonNode schema, String at) {
        schema.path("required")
                .forEach(name -> {
                    if (!value.has(name.asText())) {
                        wrong.add(at + ": lacks " + name);
                    }
                });
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            JsonNode known = schema.path("properties").path(member.getKey());
            if (known.isMissingNode()) {
                wrong.add(at + ": has an undocumented " + member.getKey());
            } else {
                check(member.getValue(), known, at + "/" + member.getKey());
            }
        }
    }

    private static boolean contains(JsonNode list, JsonNode value) {
        for (JsonNode one : list) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean ofType(JsonNode value, JsonNode types) {
        if (types.isTextual()) {
            return ofType(value, types.asText());
        }
        for (JsonNode type : types) {
            if (ofType(value, type.asText())) {
                return true;
            }
        }
        return false;
    }

    private static boolean ofType(JsonNode value, String type) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException(type);
        };
    }
}
