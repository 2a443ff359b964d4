package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.Value;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The declared type of a body member: one or several JSON types, as in `integer|string`.
record MemberType(Set<String> alternatives) {
    private static final Set<String> KNOWN =
            Set.of("string", "boolean", "integer", "number", "object", "array", "any", "null");

    MemberType {
        alternatives = Set.copyOf(alternatives);
        for (String alternative : alternatives) {
            if (!KNOWN.contains(alternative)) {
                throw new IllegalArgumentException("unknown type " + alternative);
            }
        }
    }

    static MemberType parse(String text) {
        return new MemberType(Set.of(text.split("\\|", -1)));
    }

    /// What policies see of such a member; empty for objects, arrays and anything open.
    Optional<Parameter.Type> parameterType() {
        if (alternatives.contains("string")) {
            return Optional.of(Parameter.Type.STRING);
        }
        if (alternatives.contains("boolean")) {
            return Optional.of(Parameter.Type.BOOLEAN);
        }
        return numeric() ? Optional.of(Parameter.Type.LONG) : Optional.empty();
    }

    boolean accepts(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> has("string");
            case BOOLEAN -> has("boolean");
            case NUMBER -> has("any") || (numeric() && whole(node));
            case OBJECT -> has("object");
            case ARRAY -> has("array");
            case NULL -> has("null");
            case BINARY, MISSING, POJO -> false;
        };
    }

    /// The value of a member that this type accepts; null = absent for policies.
    @Nullable Value value(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> Value.of(node.textValue());
            case BOOLEAN -> Value.of(node.booleanValue());
            case NUMBER ->
                    has("string")
                            ? Value.of(Long.toString(node.longValue()))
                            : Value.of(node.longValue());
            case OBJECT, ARRAY, NULL, BINARY, MISSING, POJO -> null;
        };
    }

    private boolean has(String alternative) {
        return alternatives.contains(alternative) || alternatives.contains("any");
    }

    private boolean numeric() {
        return alternatives.contains("integer") || alternatives.contains("number");
    }

    private static boolean whole(JsonNode node) {
        return node.canConvertToExactIntegral() && node.canConvertToLong();
    }
}
