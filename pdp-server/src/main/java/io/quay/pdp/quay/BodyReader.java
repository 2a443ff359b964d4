package io.quay.pdp.quay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the declared members of a body, strictly: what Quay could read in another way is refused.
final class BodyReader {
    private static final int BODY_BYTES = 1 << 20;

    private BodyReader() {}

    /// The declared members that the body has; null when there is no body or none is known.
    ///
    /// Callers tell the two apart by [RequestBody.Omitted].
    static @Nullable Map<String, JsonNode> read(CatalogRow row, RequestBody body) {
        if (row.operation().method().equals("GET") && !row.classified()) {
            return null; // Quay never reads it
        }
        JsonNode node =
                switch (body) {
                    case RequestBody.Absent() -> null;
                    case RequestBody.Omitted() -> null;
                    case RequestBody.Json(JsonNode value) -> value;
                    case RequestBody.Raw(byte[] content, var encoding) -> parse(content, encoding);
                };
        if (node == null) {
            return null;
        }
        checkTree(node, 1);
        return row.arrayBody() ? elements(row, node) : members(row, node);
    }

    private static @Nullable JsonNode parse(byte[] content, @Nullable String encoding) {
        if (encoding != null && !encoding.toLowerCase(Locale.ROOT).strip().equals("identity")) {
            throw refused("the body has a content encoding");
        }
        if (content.length == 0) {
            return null;
        }
        if (content.length > BODY_BYTES) {
            throw refused("the body is larger than 1 MiB");
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
            if (text.startsWith("\uFEFF")) {
                throw refused("the body starts with a byte order mark");
            }
            JsonNode node = StrictJson.MAPPER.readTree(text);
            if (node.isMissingNode()) {
                throw refused("the body is blank");
            }
            return node;
        } catch (CharacterCodingException e) {
            throw refused("the body is not UTF-8");
        } catch (JsonProcessingException e) {
            throw refused("the body is not strict JSON");
        }
    }

    private static void checkTree(JsonNode node, int depth) {
        if (depth > StrictJson.DEPTH) {
            throw refused("the body is nested too deeply");
        }
        if (node.isTextual()) {
            checkText(node.textValue());
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            checkText(member.getKey());
        }
        for (JsonNode child : node) {
            checkTree(child, depth + 1);
        }
    }

    private static void checkText(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw refused("the body holds half a character");
        }
    }

    private static Map<String, JsonNode> elements(CatalogRow row, JsonNode node) {
        if (!node.isArray()) {
            throw refused("the body is not a list");
        }
        for (JsonNode element : node) {
            members(row, element);
        }
        return Map.of();
    }

    private static Map<String, JsonNode> members(CatalogRow row, JsonNode node) {
        if (row.openBody()) {
            return Map.of();
        }
        if (!node.isObject()) {
            if (row.body().isEmpty() && !row.classified()) {
                return Map.of();
            }
            throw refused("the body is not an object");
        }
        Map<String, JsonNode> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            MemberType type = row.body().get(member.getKey());
            if (type == null) {
                if (row.classified()) {
                    throw refused("the body has a member that the operation does not declare");
                }
            } else if (!type.accepts(member.getValue())) {
                throw refused("the body's " + member.getKey() + " is of the wrong type");
            } else if (!member.getValue().isNull()) {
                members.put(member.getKey(), member.getValue());
            }
        }
        return members;
    }

    private static RefusedRequest refused(String message) {
        return new RefusedRequest(Mapping.Problem.INVALID_BODY, message);
    }
}
