package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns the Cedar files of a repository into definitions: split, parsed, named by `@id`.
final class PolicyParser {
    private static final String ROLES = "roles";
    private static final List<String> TAKEN =
            List.of(CompiledSet.ROLE, CompiledSet.GRANT, CompiledSet.LIVE_GRANT);

    private final PolicyLanguage language;
    private final List<Problem> problems;
    private final Map<String, PolicyDefinition> byName = new HashMap<>();
    private final List<PolicyDefinition> definitions = new ArrayList<>();

    PolicyParser(PolicyLanguage language, List<Problem> problems) {
        this.language = language;
        this.problems = problems;
    }

    List<PolicyDefinition> parse(Map<String, String> files) {
        files.forEach((file, text) -> {
            StatementScanner scanner = new StatementScanner(file, text).scan();
            problems.addAll(scanner.problems());
            scanner.statements().forEach(this::parse);
        });
        return definitions;
    }

    private void parse(Statement statement) {
        switch (language.parse(statement.text(), statement.template())) {
            case PolicyLanguage.Parsed.Broken(List<PolicyLanguage.Flaw> flaws) ->
                    flaws.forEach(flaw ->
                            problems.add(
                                    statement.problem(
                                            "parse", flaw.offset(), flaw.message(), flaw.hint())));
            case PolicyLanguage.Parsed.Policy(JsonNode tree) ->
                    define(statement, tree).ifPresent(this::add);
        }
    }

    private Optional<PolicyDefinition> define(Statement statement, JsonNode tree) {
        String folder = statement.file().substring(0, statement.file().indexOf('/'));
        Map<String, String> annotations = new HashMap<>();
        tree.path("annotations")
                .properties()
                .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText("")));
        String id = annotations.getOrDefault("id", "");
        if (id.isBlank()) {
            problems.add(
                    statement.problem(
                            "id",
                            0,
                            "this policy has no `@id`",
                            "put @id(\"a-name-for-it\") before it; decisions show it"));
            return Optional.empty();
        }
        if (TAKEN.stream().anyMatch(id::startsWith)) {
            problems.add(
                    statement.problem(
                            "id",
                            0,
                            "names that start with `"
                                    + String.join("`, `", TAKEN)
                                    + "` are taken by granted roles",
                            "write it without the blank"));
            return Optional.empty();
        }
        if (statement.template() != folder.equals(ROLES)) {
            problems.add(
                    statement.problem(
                            "role-shape",
                            0,
                            statement.template()
                                    ? "a template counts only in roles/"
                                    : "a role must be a template",
                            "a role has `principal in ?principal` and `resource in ?resource`"));
            return Optional.empty();
        }
        String role = annotations.get(PolicyDefinition.ROLE);
        if (role != null && (role.isBlank() || !folder.equals(ROLES))) {
            problems.add(
                    statement.problem(
                            "role-shape",
                            0,
                            role.isBlank()
                                    ? "`@role` names no role"
                                    : "`@role` counts only in roles/",
                            "@role(\"registry-user\") makes a template one of several of that role"));
            return Optional.empty();
        }
        return Optional.of(
                new PolicyDefinition(
                        id,
                        folder,
                        statement,
                        annotations,
                        tree.path("effect").asText().equals("forbid"),
                        Scope.of(tree),
                        Reads.of(tree),
                        tree));
    }

    private void add(PolicyDefinition definition) {
        PolicyDefinition before =
                byName.putIfAbsent(definition.folder() + "/" + definition.id(), definition);
        if (before != null) {
            problems.add(
                    definition.problem(
                            "id",
                            "`@id(\""
                                    + definition.id()
                                    + "\")` stands already at "
                                    + before.statement().file()
                                    + ":"
                                    + before.statement().line(),
                            "give it a name of its own"));
            return;
        }
        definitions.add(definition);
    }
}
