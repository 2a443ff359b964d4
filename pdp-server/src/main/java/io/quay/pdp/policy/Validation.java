package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Checks definitions against a schema. Cedar reports a mistake once for every action that the
/// policy covers; here it stands once.
final class Validation {
    private static final Pattern PREFIX = Pattern.compile("^for policy `[^`]*`, ");
    private static final Pattern ACTION = Pattern.compile("[A-Za-z_:]*Action::\"[^\"]*\"");

    private final PolicyLanguage language;
    private final JsonNode schema;

    Validation(PolicyLanguage language, JsonNode schema) {
        this.language = language;
        this.schema = schema;
    }

    List<Problem> check(List<PolicyDefinition> definitions) {
        Map<String, PolicyDefinition> byKey = new TreeMap<>();
        Map<String, String> policies = new TreeMap<>();
        Map<String, String> templates = new TreeMap<>();
        for (PolicyDefinition definition : definitions) {
            // a role and a policy may have the same name; within Cedar's set they may not
            String key = definition.folder() + "/" + definition.id();
            byKey.put(key, definition);
            (definition.template() ? templates : policies).put(key, definition.statement().text());
        }
        if (byKey.isEmpty()) {
            return List.of();
        }
        Map<String, Problem> first = new LinkedHashMap<>();
        Map<String, Integer> repeats = new LinkedHashMap<>();
        for (PolicyLanguage.Flaw flaw : language.validate(schema, policies, templates)) {
            String message = PREFIX.matcher(flaw.message()).replaceFirst("");
            String same =
                    flaw.policyId()
                            + "@"
                            + flaw.offset()
                            + ": "
                            + ACTION.matcher(message).replaceAll("an action");
            first.putIfAbsent(same, problem(byKey.get(flaw.policyId()), flaw, message));
            repeats.merge(same, 1, Integer::sum);
        }
        return first.entrySet().stream()
                .map(entry -> counted(entry.getValue(), repeats.getOrDefault(entry.getKey(), 1)))
                .toList();
    }

    private static Problem problem(
            @org.jspecify.annotations.Nullable PolicyDefinition definition,
            PolicyLanguage.Flaw flaw,
            String message) {
        return definition == null
                ? new Problem("schema", "", 0, 0, message, flaw.hint())
                : definition.statement().problem("schema", flaw.offset(), message, flaw.hint());
    }

    private static Problem counted(Problem problem, int times) {
        return times == 1
                ? problem
                : new Problem(
                        problem.rule(),
                        problem.file(),
                        problem.line(),
                        problem.column(),
                        problem.message() + " (and " + (times - 1) + " times more)",
                        problem.hint());
    }
}
