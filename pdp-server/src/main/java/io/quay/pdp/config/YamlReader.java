package io.quay.pdp.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.quay.pdp.config.YamlNode.Items;
import io.quay.pdp.config.YamlNode.Member;
import io.quay.pdp.config.YamlNode.Members;
import io.quay.pdp.config.YamlNode.Nothing;
import io.quay.pdp.config.YamlNode.Scalar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Reads one YAML document as a tree with positions. Refuses what configuration does not need and
/// what hides settings: duplicate keys, anchors and aliases, a second document. For one use.
final class YamlReader {
    private final String file;
    private final YAMLParser parser;
    private final List<String> errors;

    private YamlReader(String file, YAMLParser parser, List<String> errors) {
        this.file = file;
        this.parser = parser;
        this.errors = errors;
    }

    /// The document; empty when it is not valid YAML, which is then among the errors.
    static YamlNode read(String file, String text, List<String> errors) {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            return new YamlReader(file, parser, errors).document();
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String position = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            errors.add(file + position + ": not valid YAML: " + problem(e));
            return new Nothing(file);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    /// The parser's words without the excerpts of the file, which are indented.
    private static String problem(JsonProcessingException e) {
        return e.getOriginalMessage()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .collect(Collectors.joining(": "));
    }

    private YamlNode document() throws IOException {
        if (parser.nextToken() == null) {
            return new Nothing(file);
        }
        YamlNode root = node();
        if (parser.nextToken() != null) {
            errors.add(here() + ": a second document in the file");
        }
        return root;
    }

    private YamlNode node() throws IOException {
        String where = here();
        if (parser.isCurrentAlias() || parser.getObjectId() != null) {
            errors.add(where + ": anchors and aliases are not supported");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(where);
            case START_ARRAY -> items(where);
            case VALUE_NULL -> new Nothing(where);
            case null, default -> new Scalar(parser.getText(), where);
        };
    }

    private Members members(String where) throws IOException {
        List<Member> members = new ArrayList<>();
        Map<String, String> seen = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String at = here();
            String first = seen.putIfAbsent(key, at);
            parser.nextToken();
            YamlNode value = node();
            if (first == null) {
                members.add(new Member(key, at, value));
            } else {
                errors.add(at + ": duplicate key `" + key + "`, first at " + first);
            }
        }
        return new Members(List.copyOf(members), where);
    }

    private Items items(String where) throws IOException {
        List<YamlNode> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(node());
        }
        return new Items(List.copyOf(items), where);
    }

    private String here() {
        JsonLocation at = parser.currentTokenLocation();
        return file + ":" + at.getLineNr() + ":" + at.getColumnNr();
    }
}
