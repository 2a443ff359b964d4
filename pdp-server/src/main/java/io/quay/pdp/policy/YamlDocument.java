package io.quay.pdp.policy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// A YAML (or JSON) file as a tree whose every node knows its place. Keys may stand only once.
final class YamlDocument {
    private static final StreamReadConstraints LIMITS =
            StreamReadConstraints.builder().maxNestingDepth(32).build();
    private static final JsonFactory YAML =
            YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(LIMITS)
                    .build();
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(LIMITS)
                    .build();

    private final JsonNode root;
    private final Map<String, Place> places;

    /// Where a node stands; of a member its key. From 1; 0 = not known.
    record Place(int line, int column) {
        private static Place of(JsonParser parser) {
            var location = parser.currentTokenLocation();
            return new Place(location.getLineNr(), location.getColumnNr());
        }
    }

    private YamlDocument(JsonNode root, Map<String, Place> places) {
        this.root = root;
        this.places = places;
    }

    /// @throws ProblemException when the text is no YAML
    static YamlDocument parse(String file, String text) {
        Map<String, Place> places = new HashMap<>();
        try (JsonParser parser = (file.endsWith(".json") ? JSON : YAML).createParser(text)) {
            JsonToken first = parser.nextToken();
            JsonNode root = first == null ? MissingNode.getInstance() : read(parser, "", places);
            // the first null ends a document, the second the file
            boolean more = parser.nextToken() != null;
            more |= parser.nextToken() != null;
            if (more) {
                throw problem(
                        file,
                        parser,
                        "this file goes on after its end, and that would not be read");
            }
            return new YamlDocument(root, places);
        } catch (AliasException e) {
            throw problem(file, e.parser(), "aliases are not accepted: write it out");
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            throw new ProblemException(
                    new Problem(
                            "parse", file, line, column, firstLine(e.getOriginalMessage()), null));
        } catch (IOException e) {
            throw new ProblemException(
                    new Problem("parse", file, 0, 0, "this file cannot be read", null));
        }
    }

    private static ProblemException problem(String file, JsonParser parser, String message) {
        int line = parser.currentTokenLocation().getLineNr();
        return new ProblemException(new Problem("parse", file, line, 0, message, null));
    }

    private static JsonNode read(JsonParser parser, String pointer, Map<String, Place> places)
            throws IOException {
        places.put(pointer, Place.of(parser));
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            throw new AliasException(parser);
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    Place place = Place.of(parser);
                    parser.nextToken();
                    object.set(name, read(parser, pointer + "/" + name, places));
                    places.put(pointer + "/" + name, place);
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser, pointer + "/" + array.size(), places));
                }
                yield array;
            }
            case VALUE_TRUE, VALUE_FALSE ->
                    JsonNodeFactory.instance.booleanNode(parser.getBooleanValue());
            case VALUE_NUMBER_INT ->
                    JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT ->
                    JsonNodeFactory.instance.numberNode(parser.getDecimalValue());
            case VALUE_NULL -> JsonNodeFactory.instance.nullNode();
            default -> JsonNodeFactory.instance.textNode(parser.getText());
        };
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("not valid YAML");
    }

    JsonNode root() {
        return root;
    }

    Place place(String pointer) {
        return places.getOrDefault(pointer, new Place(0, 0));
    }

    int line(String pointer) {
        return place(pointer).line();
    }

    /// The parser takes an alias for the text of its name.
    private static final class AliasException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private final transient JsonParser parser;

        AliasException(JsonParser parser) {
            this.parser = parser;
        }

        JsonParser parser() {
            return parser;
        }
    }

    /// A problem that ends the reading of a file.
    static final class ProblemException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        ProblemException(Problem problem) {
            super(problem.toString());
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }
}
