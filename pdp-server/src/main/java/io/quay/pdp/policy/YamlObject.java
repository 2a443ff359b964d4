package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A mapping of a [YamlDocument], read key by key: what is wrong goes to the list of problems with
/// its line, and reading goes on. Call [#refuseUnknownKeys] last.
final class YamlObject {
    private final String file;
    private final String rule;
    private final YamlDocument document;
    private final String pointer;
    private final JsonNode node;
    private final List<Problem> problems;
    private final Set<String> asked = new HashSet<>();

    private YamlObject(
            String file,
            String rule,
            YamlDocument document,
            String pointer,
            JsonNode node,
            List<Problem> problems) {
        this.file = file;
        this.rule = rule;
        this.document = document;
        this.pointer = pointer;
        this.node = node;
        this.problems = problems;
    }

    /// The file's root mapping; an empty file is an empty mapping.
    static YamlObject root(String file, String rule, String text, List<Problem> problems) {
        YamlDocument document = YamlDocument.parse(file, text);
        YamlObject root = new YamlObject(file, rule, document, "", document.root(), problems);
        if (!document.root().isMissingNode() && !document.root().isObject()) {
            root.problem("this file must be a mapping", null);
        }
        return root;
    }

    int line() {
        return document.line(pointer);
    }

    JsonNode node() {
        return node;
    }

    boolean has(String key) {
        asked.add(key);
        return node.hasNonNull(key);
    }

    /// Empty, with a problem, when it is missing or no text.
    Optional<String> text(String key) {
        if (!has(key)) {
            problem("`" + key + "` is missing", null);
            return Optional.empty();
        }
        return optionalText(key);
    }

    Optional<String> optionalText(String key) {
        return scalar(key, "a text", value -> value.isTextual() ? value.asText() : null);
    }

    boolean flag(String key, boolean otherwise) {
        return scalar(
                        key,
                        "true or false",
                        value -> value.isBoolean() ? Boolean.valueOf(value.asBoolean()) : null)
                .orElse(otherwise);
    }

    /// An integer within these limits.
    Optional<Long> whole(String key, long least, long most) {
        return scalar(
                key,
                "an integer from " + least + " to " + most,
                value ->
                        value.isIntegralNumber()
                                        && value.canConvertToLong()
                                        && value.asLong() >= least
                                        && value.asLong() <= most
                                ? Long.valueOf(value.asLong())
                                : null);
    }

    Optional<Duration> duration(String key) {
        return scalar(key, "a duration such as PT5M", value -> parsed(value, Duration::parse));
    }

    @Nullable Instant moment(String key) {
        return scalar(
                        key,
                        "a moment such as 2026-12-31T00:00:00Z",
                        value -> parsed(value, Instant::parse))
                .orElse(null);
    }

    private static <T> @Nullable T parsed(JsonNode value, Function<String, T> parse) {
        try {
            return parse.apply(value.asText());
        } catch (DateTimeException _) {
            return null;
        }
    }

    private <T> Optional<T> scalar(
            String key, String expected, Function<JsonNode, @Nullable T> read) {
        if (!has(key)) {
            return Optional.empty();
        }
        T value = read.apply(node.get(key));
        if (value == null) {
            problemAt(key, "`" + key + "` must be " + expected, null);
        }
        return Optional.ofNullable(value);
    }

    List<String> texts(String key) {
        List<String> found = new ArrayList<>();
        if (has(key)) {
            if (!node.get(key).isArray()) {
                problemAt(key, "`" + key + "` must be a list", null);
            }
            for (JsonNode item : node.get(key)) {
                if (item.isTextual()) {
                    found.add(item.asText());
                } else {
                    problemAt(key, "`" + key + "` must hold texts only", null);
                }
            }
        }
        return found;
    }

    Map<String, String> textMap(String key) {
        Map<String, String> found = new TreeMap<>();
        object(key)
                .ifPresent(map ->
                        map.node
                                .properties()
                                .forEach(entry ->
                                        map.optionalText(entry.getKey())
                                                .ifPresent(
                                                        text -> found.put(entry.getKey(), text))));
        return found;
    }

    Optional<YamlObject> object(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!node.get(key).isObject()) {
            problemAt(key, "`" + key + "` must be a mapping", null);
            return Optional.empty();
        }
        return Optional.of(child(pointer + "/" + key, node.get(key)));
    }

    List<YamlObject> objects(String key) {
        List<YamlObject> found = new ArrayList<>();
        if (!has(key)) {
            return found;
        }
        JsonNode list = node.get(key);
        if (!list.isArray()) {
            problemAt(key, "`" + key + "` must be a list", null);
            return found;
        }
        for (int i = 0; i < list.size(); i++) {
            YamlObject item = child(pointer + "/" + key + "/" + i, list.get(i));
            if (list.get(i).isObject()) {
                found.add(item);
            } else {
                item.problem("every entry of `" + key + "` must be a mapping", null);
            }
        }
        return found;
    }

    private YamlObject child(String childPointer, JsonNode childNode) {
        return new YamlObject(file, rule, document, childPointer, childNode, problems);
    }

    void refuseUnknownKeys() {
        node.properties()
                .forEach(entry -> {
                    if (!asked.contains(entry.getKey())) {
                        problemAt(
                                entry.getKey(),
                                "`" + entry.getKey() + "` is not known here",
                                "known are " + String.join(", ", asked.stream().sorted().toList()));
                    }
                });
    }

    void problem(String message, @Nullable String hint) {
        add(pointer, message, hint);
    }

    void problemAt(String key, String message, @Nullable String hint) {
        add(pointer + "/" + key, message, hint);
    }

    private void add(String where, String message, @Nullable String hint) {
        YamlDocument.Place place = document.place(where);
        problems.add(new Problem(rule, file, place.line(), place.column(), message, hint));
    }
}
