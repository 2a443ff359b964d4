package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/// Finds `like` patterns whose fixed part ends in the middle of a name: `team*` also matches
/// `team-evil`… and `teamevil`.
final class Patterns {
    private Patterns() {}

    static Optional<String> findLoose(PolicyDefinition definition) {
        return find(definition.tree().path("conditions"));
    }

    private static Optional<String> find(JsonNode node) {
        if (node.has("like") && isLoose(node.path("like").path("pattern"))) {
            return Optional.of(text(node.path("like").path("pattern")));
        }
        for (JsonNode child : node) {
            Optional<String> found = find(child);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// A `like` pattern in a `when` that begins with `*`, and is not negated.
    static Optional<String> findUnanchored(PolicyDefinition definition) {
        for (JsonNode condition : definition.tree().path("conditions")) {
            if (condition.path("kind").asText().equals("when")) {
                Optional<String> found = unanchored(condition.path("body"));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> unanchored(JsonNode node) {
        JsonNode pattern = node.path("like").path("pattern");
        if (pattern.path(0).isTextual()) {
            return Optional.of(text(pattern));
        }
        if (node.has("!")) {
            return Optional.empty();
        }
        for (JsonNode child : node) {
            Optional<String> found = unanchored(child);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static boolean isLoose(JsonNode pattern) {
        for (int i = 0; i < pattern.size(); i++) {
            if (!pattern.get(i).isTextual()) {
                continue;
            }
            boolean before = i > 0 && letterAt(pattern.get(i - 1), false);
            boolean after = i + 1 < pattern.size() && letterAt(pattern.get(i + 1), true);
            if (before || after) {
                return true;
            }
        }
        return false;
    }

    /// Whether the literal has a letter or digit at this end.
    private static boolean letterAt(JsonNode element, boolean first) {
        String literal = element.path("Literal").asText("");
        return !literal.isEmpty()
                && Character.isLetterOrDigit(literal.charAt(first ? 0 : literal.length() - 1));
    }

    private static String text(JsonNode pattern) {
        StringBuilder text = new StringBuilder();
        pattern.forEach(element ->
                text.append(element.isTextual() ? "*" : element.path("Literal").asText()));
        return text.toString();
    }
}
