package io.quay.pdp.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// Reads a JSON request body strictly: `application/json`, UTF-8 without a byte order mark, one
/// object, no duplicate names, no unpaired surrogates, bounded depth (I-JSON, RFC 7493).
///
/// One member is not read but cut out: the body of the request to Quay, at `/request/body`. What
/// came in reaches the decision as the bytes that came in, so that what is wrong with them is a
/// decision and a record, not a malformed question.
final class JsonBody {
    private static final String CUT_OUT = "/request/body";
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    private static final int MAX_DIGITS = 100;
    private static final int MAX_POINTER = 200;

    /// Wide: what is cut out has limits of its own, and the rest is checked here.
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(100_000)
                                    .maxNumberLength(100_000)
                                    .build())
                    .build();

    private final byte[] bytes;
    private final int maxDepth;

    private JsonBody(byte[] bytes, int maxDepth) {
        this.bytes = bytes;
        this.maxDepth = maxDepth;
    }

    /// @throws ProblemException 400 with what is wrong and where
    static ObjectNode read(Context context, int maxDepth) {
        return read(context, maxDepth, "application/json");
    }

    /// @param wanted the content type
    /// @throws ProblemException 400 with what is wrong and where
    static ObjectNode read(Context context, int maxDepth, String wanted) {
        String type = context.contentType();
        String plain =
                type == null
                        ? ""
                        : type.toLowerCase(Locale.ROOT)
                                .replaceFirst(";\\s*charset=\"?utf-8\"?$", "");
        if (!plain.strip().equals(wanted)) {
            throw ProblemException.badRequest("Content-Type must be " + wanted);
        }
        String encoding = context.header("Content-Encoding");
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            throw ProblemException.badRequest("Content-Encoding is not taken");
        }
        byte[] bytes = context.bodyAsBytes();
        refuseOtherThanUtf8(bytes);
        return new JsonBody(bytes, maxDepth).readObject();
    }

    /// Jackson would guess UTF-16 and UTF-32, skip a byte order mark, and take overlong forms.
    private static void refuseOtherThanUtf8(byte[] bytes) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            boolean marked = text.length() > 0 && text.charAt(0) == BYTE_ORDER_MARK;
            boolean wide = text.chars().limit(4).anyMatch(character -> character == 0);
            if (marked || wide) {
                throw notUtf8();
            }
        } catch (CharacterCodingException _) {
            throw notUtf8();
        }
    }

    private static ProblemException notUtf8() {
        return ProblemException.badRequest(
                "the body must be JSON in UTF-8 without a byte order mark");
    }

    private ObjectNode readObject() {
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw ProblemException.badRequest("the body must be a JSON object");
            }
            JsonNode root = read(parser, "", 1);
            if (parser.nextToken() != null) {
                throw ProblemException.badRequest("the body must end after its object");
            }
            return (ObjectNode) root;
        } catch (StreamConstraintsException _) {
            throw tooDeep();
        } catch (IOException _) {
            throw ProblemException.badRequest("the body is no valid JSON in UTF-8");
        }
    }

    private JsonNode read(JsonParser parser, String pointer, int depth) throws IOException {
        if (depth == 3 && pointer.equals(CUT_OUT)) {
            return cut(parser);
        }
        if (depth > maxDepth && parser.currentToken().isStructStart()) {
            throw tooDeep();
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = wellFormed(parser.currentName(), pointer);
                    String member = pointer + "/" + name;
                    parser.nextToken();
                    if (object.has(name)) {
                        throw ProblemException.badRequest("`" + shown(member) + "` stands twice");
                    }
                    object.set(name, read(parser, member, depth + 1));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser, pointer + "/" + array.size(), depth + 1));
                }
                yield array;
            }
            case VALUE_STRING ->
                    JsonNodeFactory.instance.textNode(wellFormed(parser.getText(), pointer));
            case VALUE_TRUE, VALUE_FALSE ->
                    JsonNodeFactory.instance.booleanNode(parser.getBooleanValue());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, pointer);
            default -> JsonNodeFactory.instance.nullNode();
        };
    }

    private static JsonNode number(JsonParser parser, String pointer) throws IOException {
        if (parser.getTextLength() > MAX_DIGITS) {
            throw ProblemException.badRequest("`" + shown(pointer) + "` is too long a number");
        }
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                ? JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue())
                : JsonNodeFactory.instance.numberNode(parser.getDecimalValue());
    }

    private ProblemException tooDeep() {
        return ProblemException.badRequest(
                "the body is nested deeper than " + maxDepth + " levels");
    }

    private static String shown(String pointer) {
        return pointer.length() <= MAX_POINTER ? pointer : pointer.substring(0, MAX_POINTER) + "…";
    }

    private JsonNode cut(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return JsonNodeFactory.instance.nullNode();
        }
        int start = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int end = (int) parser.currentLocation().getByteOffset();
        return JsonNodeFactory.instance.binaryNode(Arrays.copyOfRange(bytes, start, end));
    }

    private static String wellFormed(String text, String pointer) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair =
                        Character.isHighSurrogate(text.charAt(i))
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw ProblemException.badRequest(
                            "`" + shown(pointer) + "` holds an unpaired surrogate");
                }
                i++;
            }
        }
        return text;
    }
}
