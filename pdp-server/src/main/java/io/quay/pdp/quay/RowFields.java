package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Typed access to a JSON object of the catalog, with errors that name the row and the field.
record RowFields(String row, JsonNode node) {

    static RowFields of(String row, @Nullable JsonNode node, Set<String> known) {
        if (node == null || !node.isObject()) {
            throw new InvalidCatalogException(row + ": not an object");
        }
        RowFields fields = new RowFields(row, node);
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!known.contains(field.getKey())) {
                throw fields.error(field.getKey(), "unknown member");
            }
        }
        return fields;
    }

    InvalidCatalogException error(String field, String what) {
        return new InvalidCatalogException(row + ": " + field + ": " + what);
    }

    String text(String field) {
        String value = optionalText(field);
        if (value == null) {
            throw error(field, "missing");
        }
        return value;
    }

    @Nullable String optionalText(String field) {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw error(field, "not a text");
        }
        return value.textValue();
    }

    boolean flag(String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw error(field, "not true or false");
        }
        return value.booleanValue();
    }

    List<String> texts(String field) {
        List<String> values = new ArrayList<>();
        JsonNode list = node.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw error(field, "not a list");
        }
        for (JsonNode value : list) {
            if (!value.isTextual()) {
                throw error(field, "not a list of texts");
            }
            values.add(value.textValue());
        }
        return values;
    }

    /// In the order of the file.
    Map<String, String> textsByName(String field) {
        Map<String, String> values = new LinkedHashMap<>();
        JsonNode object = node.path(field);
        if (!object.isMissingNode() && !object.isObject()) {
            throw error(field, "not an object");
        }
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            if (!entry.getValue().isTextual()) {
                throw error(field, "not an object of texts");
            }
            values.put(entry.getKey(), entry.getValue().textValue());
        }
        return values;
    }

    <T> T parsed(String field, java.util.function.Supplier<T> parser) {
        try {
            return parser.get();
        } catch (IllegalArgumentException e) {
            throw error(field, String.valueOf(e.getMessage()));
        }
    }
}
