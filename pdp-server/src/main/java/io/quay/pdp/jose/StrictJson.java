package io.quay.pdp.jose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON reader with one reading per text: strict UTF-8, no byte order mark, no repeated member at
/// any depth, no lone surrogate, bounded depth, nothing after the value (RFC 7515 §4, RFC 7519 §4).
///
/// Nimbus's own reader (10.10) refuses a repeated member at the top only; in nested objects, where
/// Kubernetes puts its claims, the last one silently wins.
final class StrictJson {
    private static final int MAX_DEPTH = 64;

    // Names come from strangers: they are not kept in the factory's shared symbol table.
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                    .build();

    private StrictJson() {}

    /// The text is not exactly one well-formed object. The message holds nothing of the text.
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message, null, false, false);
        }
    }

    /// @return an object: String, Long, Double, Boolean, null, List, Map
    static Map<String, @Nullable Object> object(byte[] utf8) throws MalformedException {
        String text = decode(utf8);
        if (text.startsWith("\uFEFF")) {
            throw new MalformedException("byte order mark");
        }
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("not a JSON object");
            }
            Map<String, @Nullable Object> object = members(parser);
            if (parser.nextToken() != null) {
                throw new MalformedException("text after the JSON object");
            }
            return object;
        } catch (IOException _) {
            throw new MalformedException("malformed JSON");
        }
    }

    private static String decode(byte[] utf8) throws MalformedException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException("not UTF-8");
        }
    }

    private static Map<String, @Nullable Object> members(JsonParser parser)
            throws IOException, MalformedException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = wellFormed(parser.currentName());
            if (members.containsKey(name)) {
                throw new MalformedException("repeated member");
            }
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static List<@Nullable Object> elements(JsonParser parser)
            throws IOException, MalformedException {
        List<@Nullable Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser));
        }
        return elements;
    }

    private static @Nullable Object value(JsonParser parser)
            throws IOException, MalformedException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(parser);
            case START_ARRAY -> elements(parser);
            case VALUE_STRING -> wellFormed(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw new MalformedException("malformed JSON");
        };
    }

    /// Integers that fit are Long; all else is Double, so that no integer is ever wrapped around.
    private static Object number(JsonParser parser) throws IOException, MalformedException {
        JsonParser.NumberType type = parser.getNumberType();
        if (type == JsonParser.NumberType.INT || type == JsonParser.NumberType.LONG) {
            return parser.getLongValue();
        }
        double value = parser.getDoubleValue();
        if (!Double.isFinite(value)) {
            throw new MalformedException("number out of range");
        }
        return value;
    }

    /// A lone surrogate has no UTF-8 form: written out it becomes `?`, another name than was read.
    private static String wellFormed(String text) throws MalformedException {
        if (text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
            throw new MalformedException("lone surrogate");
        }
        return text;
    }
}
