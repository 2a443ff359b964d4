package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The permits that came nearest to a question that none permits, and what they lacked.
final class NearMisses {
    private static final int NEAREST = 5;
    private static final Pattern CONDITION =
            Pattern.compile("\\b(when|unless)\\s*\\{.*}", Pattern.DOTALL);

    /// Those that Cedar's printer puts around every attribute.
    private static final Pattern PARENTHESES =
            Pattern.compile("\\(((?:principal|resource|context)(?:\\.\\w+)+)\\)");

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final PolicyLanguage language;

    NearMisses(PolicyLanguage language) {
        this.language = language;
    }

    private record Ranked(CompiledSet.Member member, List<String> scopeMisses) {}

    /// Closest first; at most five.
    List<Explanation.NearMiss> of(Collection<CompiledSet.Member> members, Question question) {
        return members.stream()
                .filter(member -> !member.candidate().forbid())
                .map(member -> new Ranked(member, scopeMisses(member.scope(), question)))
                .filter(ranked -> ranked.scopeMisses().size() <= 1)
                .sorted(
                        Comparator.comparingInt((Ranked ranked) -> ranked.scopeMisses().size())
                                .thenComparing(ranked -> ranked.member().candidate().id()))
                .limit(NEAREST)
                .map(ranked ->
                        new Explanation.NearMiss(
                                ranked.member().reason(), missing(ranked, question)))
                .toList();
    }

    private List<String> missing(Ranked ranked, Question question) {
        List<String> missing = new ArrayList<>(ranked.scopeMisses());
        for (JsonNode clause : clauses(ranked.member().definition().tree())) {
            JsonNode alone = alone(clause);
            String text = language.print(alone);
            if (!(language.compile(Map.of("clause", text), Map.of(), List.of()).evaluate(question)
                    instanceof Evaluation.Permitted)) {
                missing.add("does not hold: " + condition(text));
            }
        }
        return missing;
    }

    /// The `when` or `unless` of a policy's text, on one line.
    private static String condition(String text) {
        Matcher condition = CONDITION.matcher(text);
        String found = condition.find() ? condition.group() : text.strip();
        return PARENTHESES.matcher(found.replaceAll("\\s+", " ")).replaceAll("$1");
    }

    private static List<String> scopeMisses(Scope scope, Question question) {
        List<String> misses = new ArrayList<>();
        miss("principal", scope.principal(), question.principal(), question, misses);
        miss("action", scope.action(), question.action(), question, misses);
        miss("resource", scope.resource(), question.resource(), question, misses);
        return misses;
    }

    private static void miss(
            String part,
            Constraint constraint,
            EntityRef entity,
            Question question,
            List<String> misses) {
        if (!constraint.matches(entity, question.withAncestors(entity))) {
            misses.add("another " + part + ": it is for " + describe(constraint));
        }
    }

    private static String describe(Constraint constraint) {
        return switch (constraint) {
            case Constraint.Any _, Constraint.Slot _ -> "any";
            case Constraint.Equal(EntityRef to) -> to.toString();
            case Constraint.In(Set<EntityRef> any) ->
                    any.size() > 6
                            ? any.size() + " others"
                            : String.join(
                                    ", ", any.stream().map(EntityRef::toString).sorted().toList());
            case Constraint.Is(String type, var in) -> type + (in == null ? "" : " in " + in);
        };
    }

    /// The conditions, taken apart at the `&&` that join them.
    private static List<JsonNode> clauses(JsonNode tree) {
        List<JsonNode> clauses = new ArrayList<>();
        for (JsonNode condition : tree.path("conditions")) {
            if (condition.path("kind").asText().equals("when")) {
                split(condition.path("body"), clauses);
            } else {
                clauses.add(condition);
            }
        }
        return clauses;
    }

    private static void split(JsonNode body, List<JsonNode> clauses) {
        JsonNode and = body.path("&&");
        if (and.isObject() && !guards(and.path("left"))) {
            split(and.path("left"), clauses);
            split(and.path("right"), clauses);
        } else {
            clauses.add(NODES.objectNode().put("kind", "when").set("body", body));
        }
    }

    /// Whether what follows may be read only because this holds.
    private static boolean guards(JsonNode left) {
        return left.has("has")
                || left.has("hasTag")
                || left.has("is")
                || (left.has("&&")
                        && (guards(left.path("&&").path("left"))
                                || guards(left.path("&&").path("right"))));
    }

    private static JsonNode alone(JsonNode condition) {
        ObjectNode policy = NODES.objectNode().put("effect", "permit");
        for (String part : List.of("principal", "action", "resource")) {
            policy.putObject(part).put("op", "All");
        }
        policy.putArray("conditions").add(condition);
        return policy;
    }
}
