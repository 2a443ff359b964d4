package io.quay.pdp.http;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.quay.pdp.TestServer;

/// Changes single members of a JSON text.
final class Json {
    private Json() {}

    /// @param value as it stands in the text, well-formed or not
    static String with(String json, String pointer, String value) {
        ObjectNode root = parse(json);
        JsonPointer member = JsonPointer.compile(pointer);
        root.withObject(member.head())
                .putRawValue(member.last().getMatchingProperty(), new RawValue(value));
        return root.toString();
    }

    static String without(String json, String pointer) {
        ObjectNode root = parse(json);
        JsonPointer member = JsonPointer.compile(pointer);
        root.withObject(member.head()).remove(member.last().getMatchingProperty());
        return root.toString();
    }

    static ObjectNode parse(String json) {
        try {
            return (ObjectNode) TestServer.JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
