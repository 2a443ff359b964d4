package io.quay.pdp.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/// Reads a JSON request body strictly: `application/json`, UTF-8, one object, no duplicate names,
/// no unpaired surrogates, bounded depth (I-JSON, RFC 7493).
///
/// One member is not read but cut out: the body of the request to Quay, at `/request/body`. What
/// came in reaches the decision as the bytes that came in, so that what is wrong with them is a
/// decision and a record, not a malformed question.
final class JsonBody {
    private static final String CUT_OUT = "/request/body";

    private final JsonFactory factory;
    private final byte[] bytes;

    private JsonBody(JsonFactory factory, byte[] bytes) {
        this.factory = factory;
        this.bytes = bytes;
    }

    static JsonFactory factory(int maxDepth) {
        return JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxNestingDepth(maxDepth)
                                .maxNumberLength(100)
                                .build())
                .build();
    }

    /// @throws ProblemException 400 with what is wrong and where
    static ObjectNode read(Context context, JsonFactory factory) {
        String type = context.contentType();
        String plain =
                type == null
                        ? ""
                        : type.toLowerCase(Locale.ROOT)
                                .replaceFirst(";\\s*charset=\"?utf-8\"?$", "");
        if (!plain.strip().equals("application/json")) {
            throw ProblemException.badRequest("Content-Type must be application/json");
        }
        return new JsonBody(factory, context.bodyAsBytes()).readObject();
    }

    private ObjectNode readObject() {
        try (JsonParser parser = factory.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw ProblemException.badRequest("the body must be a JSON object");
            }
            JsonNode root = read(parser, "");
            if (parser.nextToken() != null) {
                throw ProblemException.badRequest("the body must end after its object");
            }
            return (ObjectNode) root;
        } catch (StreamConstraintsException _) {
            throw ProblemException.badRequest(
                    "the body is nested too deeply, or a number in it is too long");
        } catch (IOException _) {
            throw ProblemException.badRequest("the body is no valid JSON in UTF-8");
        }
    }

    private JsonNode read(JsonParser parser, String pointer) throws IOException {
        if (pointer.equals(CUT_OUT)) {
            return cut(parser);
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = wellFormed(parser.currentName(), pointer);
                    String member = pointer + "/" + name;
                    parser.nextToken();
                    if (object.has(name)) {
                        throw ProblemException.badRequest("`" + member + "` stands twice");
                    }
                    object.set(name, read(parser, member));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser, pointer + "/" + array.size()));
                }
                yield array;
            }
            case VALUE_STRING ->
                    JsonNodeFactory.instance.textNode(wellFormed(parser.getText(), pointer));
            case VALUE_TRUE, VALUE_FALSE ->
                    JsonNodeFactory.instance.booleanNode(parser.getBooleanValue());
            case VALUE_NUMBER_INT ->
                    JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT ->
                    JsonNodeFactory.instance.numberNode(parser.getDecimalValue());
            default -> JsonNodeFactory.instance.nullNode();
        };
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
                            "`" + pointer + "` holds an unpaired surrogate");
                }
                i++;
            }
        }
        return text;
    }
}
