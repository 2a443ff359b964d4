package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/// Finds `like` patterns whose fixed part ends in the middle of a name: `team*` also matches
/// `team-evil`… and `teamevil`. In the names of workloads, which strangers choose, `-` is no end of
/// a name either.
final class Patterns {
    private static final String DELIMITERS = "[/:@]";

    /// Attributes by which a workload is somebody.
    private static final Set<String> NAMES =
            Set.of(
                    "subject",
                    "path",
                    "repository",
                    "repository_owner",
                    "workflow_ref",
                    "job_workflow_ref",
                    "project_path",
                    "namespace_path",
                    "namespace",
                    "service_account");

    /// Tags that are about something within a repository; every other can be a name.
    private static final Set<String> PLACES =
            Set.of("#ref", "#ref_path", "#head_ref", "#base_ref", "#environment");

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

    /// A `like` pattern that the name of a workload must match for a trust permit to hold, and that
    /// is not whole words with one `*` behind them: `acme/t-*` is also for `acme/t-evil/…`, and the
    /// `*` of `/ns/*/sa/x` also for what has `/` in it.
    static Optional<String> findOpenName(PolicyDefinition permit) {
        for (JsonNode condition : permit.tree().path("conditions")) {
            Optional<String> found =
                    openName(
                            condition.path("body"), condition.path("kind").asText().equals("when"));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// @param wanted whether it must hold for the permit to hold, rather than fail
    private static Optional<String> openName(JsonNode node, boolean wanted) {
        if (node.has("like")) {
            JsonNode pattern = node.path("like").path("pattern");
            boolean name =
                    Pins.claim(node.path("like").path("left")).filter(Patterns::isName).isPresent();
            return wanted && name && isOpen(pattern)
                    ? Optional.of(text(pattern))
                    : Optional.empty();
        }
        if (node.has("!")) {
            return openName(node.path("!").path("arg"), !wanted);
        }
        JsonNode parts = node.has("&&") ? node.path("&&") : node.path("||");
        // whatever else is made of a truth can want it or not
        boolean joined = !parts.isMissingNode();
        for (JsonNode part : joined ? parts : node) {
            Optional<String> found = openName(part, !joined || wanted);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static boolean isName(String claim) {
        return claim.startsWith("#") ? !PLACES.contains(claim) : NAMES.contains(claim);
    }

    private static boolean isOpen(JsonNode pattern) {
        StringBuilder fixed = new StringBuilder();
        boolean open = false;
        for (JsonNode element : pattern) {
            if (element.isTextual()) {
                open = true;
            } else if (open) {
                return true;
            } else {
                fixed.append(element.path("Literal").asText());
            }
        }
        return open && !endsWord(fixed.toString());
    }

    private static boolean endsWord(String fixed) {
        return fixed.matches("(?s).*" + DELIMITERS);
    }

    /// Whether the fixed part of a pattern is more than the first word, and whole words:
    /// `repo:acme/` and `/ns/audit/`, neither `repo:` nor `/ns/` nor `repo:acme-`.
    static boolean anchors(String fixed) {
        long words = Arrays.stream(fixed.split(DELIMITERS)).filter(word -> !word.isEmpty()).count();
        return endsWord(fixed) && words > 1;
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
