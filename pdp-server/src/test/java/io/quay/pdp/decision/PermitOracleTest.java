package io.quay.pdp.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/// No input yields allow without a matching permit, nor against a matching forbid: random policies
/// without conditions against a matcher of scopes that knows nothing of the engine.
class PermitOracleTest {
    private static final String SCHEMA =
            """
            entity Team in [Team];
            entity User in [Team];
            entity Folder in [Folder];
            entity File in [Folder];
            action "any";
            action "look" in ["any"];
            action "read", "list" in ["look"] appliesTo { principal: [User], resource: [File, Folder] };
            action "write" in ["any"] appliesTo { principal: [User], resource: [File, Folder] };
            """;
    private static final Map<String, List<String>> PARENTS =
            Map.ofEntries(
                    Map.entry("User::\"a\"", List.of("Team::\"x\"")),
                    Map.entry("User::\"b\"", List.of("Team::\"y\"")),
                    Map.entry("User::\"c\"", List.of()),
                    Map.entry("Team::\"x\"", List.of("Team::\"z\"")),
                    Map.entry("Team::\"y\"", List.of()),
                    Map.entry("Team::\"z\"", List.of()),
                    Map.entry("File::\"f\"", List.of("Folder::\"g\"")),
                    Map.entry("File::\"o\"", List.of()),
                    Map.entry("Folder::\"g\"", List.of("Folder::\"h\"")),
                    Map.entry("Folder::\"h\"", List.of()),
                    Map.entry("Action::\"read\"", List.of("Action::\"look\"")),
                    Map.entry("Action::\"list\"", List.of("Action::\"look\"")),
                    Map.entry("Action::\"write\"", List.of("Action::\"any\"")),
                    Map.entry("Action::\"look\"", List.of("Action::\"any\"")),
                    Map.entry("Action::\"any\"", List.of()));
    private static final List<String> USERS = List.of("User::\"a\"", "User::\"b\"", "User::\"c\"");
    private static final List<String> FILES =
            List.of("File::\"f\"", "File::\"o\"", "Folder::\"g\"", "Folder::\"h\"");
    private static final List<String> ACTIONS =
            List.of("Action::\"read\"", "Action::\"list\"", "Action::\"write\"");

    @TempDir private Path directory;

    /// @param operator empty = any
    private record Part(String operator, List<String> names) {
        boolean matches(String entity) {
            return switch (operator) {
                case "" -> true;
                case "==" -> names.contains(entity);
                case "in" -> above(entity).stream().anyMatch(names::contains);
                case "is" -> entity.startsWith(names.getFirst() + "::");
                default -> throw new IllegalStateException(operator);
            };
        }

        private static Set<String> above(String entity) {
            Set<String> all = new HashSet<>(Set.of(entity));
            PARENTS.getOrDefault(entity, List.of()).forEach(parent -> all.addAll(above(parent)));
            return all;
        }

        String text(String variable) {
            return operator.isEmpty()
                    ? variable
                    : variable
                            + " "
                            + operator
                            + " "
                            + (names.size() == 1 ? names.getFirst() : names);
        }
    }

    private record Rule(boolean forbid, Part principal, Part action, Part resource) {
        boolean matches(String user, String verb, String file) {
            return principal.matches(user) && action.matches(verb) && resource.matches(file);
        }

        String text(int id) {
            return "@id(\"%d\") @waive(\"unconstrained-permit: test; unreachable: test\") %s (%s, %s, %s);"
                    .formatted(
                            id,
                            forbid ? "forbid" : "permit",
                            principal.text("principal"),
                            action.text("action"),
                            resource.text("resource"));
        }
    }

    private static Part part(Random random, List<String> equal, List<String> in, List<String> is) {
        return switch (random.nextInt(is.isEmpty() ? 3 : 4)) {
            case 0 -> new Part("", List.of());
            case 1 -> new Part("==", List.of(equal.get(random.nextInt(equal.size()))));
            case 2 -> new Part("in", List.of(in.get(random.nextInt(in.size()))));
            default -> new Part("is", List.of(is.get(random.nextInt(is.size()))));
        };
    }

    private static Part action(Random random) {
        return random.nextInt(3) == 0
                ? new Part("in", List.of("Action::\"write\"", "Action::\"list\""))
                : part(random, ACTIONS, List.of("Action::\"look\"", "Action::\"any\""), List.of());
    }

    private static EntityRef reference(String text) {
        int colons = text.indexOf("::");
        return new EntityRef(
                text.substring(0, colons), text.substring(colons + 3, text.length() - 1));
    }

    private static String entitiesJson() {
        List<String> entities = new ArrayList<>();
        PARENTS.forEach((child, parents) -> {
            if (!child.startsWith("Action")) {
                entities.add(
                        "{\"uid\": %s, \"parents\": [%s]}"
                                .formatted(
                                        uid(child),
                                        String.join(
                                                ",",
                                                parents.stream()
                                                        .map(PermitOracleTest::uid)
                                                        .toList())));
            }
        });
        return entities.toString();
    }

    private static String uid(String text) {
        EntityRef ref = reference(text);
        return "{\"type\": \"%s\", \"id\": \"%s\"}".formatted(ref.type(), ref.id());
    }

    @RepeatedTest(40)
    void decisionsAreThoseOfTheScopes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Rule> rules = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            Rule rule =
                    new Rule(
                            random.nextInt(4) == 0,
                            part(
                                    random,
                                    USERS,
                                    List.of(
                                            "Team::\"x\"",
                                            "Team::\"y\"",
                                            "Team::\"z\"",
                                            "User::\"a\""),
                                    List.of("User")),
                            action(random),
                            part(
                                    random,
                                    FILES,
                                    List.of("Folder::\"g\"", "Folder::\"h\"", "File::\"o\""),
                                    List.of("File", "Folder")));
            texts.add(rule.text(rules.size()));
            rules.add(rule);
        }
        TestPoint point =
                TestPoint.of(
                        TestRepository.other(directory, SCHEMA)
                                .with("entities.json", entitiesJson())
                                .with("access/random.cedar", String.join("\n", texts)));
        for (String user : USERS) {
            for (String verb : ACTIONS) {
                for (String file : FILES) {
                    Decision decision =
                            point.by(Subject.Named.of(reference(user)))
                                    .ask(reference(verb).id(), reference(file));
                    assertThat(describe(decision))
                            .as("seed %d: %s %s %s by %s", seed, user, verb, file, texts)
                            .isEqualTo(expected(rules, user, verb, file));
                }
            }
        }
    }

    private static String describe(Decision decision) {
        String reasons =
                decision.reasons().stream().map(Reason::policy).sorted().toList().toString();
        return switch (decision) {
            case Decision.Allow _ -> "allow " + reasons;
            case Decision.Deny deny -> deny.cause() + " " + reasons;
            case Decision.Indeterminate indeterminate -> indeterminate.toString();
        };
    }

    private static String expected(List<Rule> rules, String user, String verb, String file) {
        List<String> permits = new ArrayList<>();
        List<String> forbids = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).matches(user, verb, file)) {
                (rules.get(i).forbid() ? forbids : permits).add(String.valueOf(i));
            }
        }
        if (!forbids.isEmpty()) {
            return "FORBIDDEN " + forbids;
        }
        return permits.isEmpty() ? "NO_PERMIT []" : "allow " + permits;
    }
}
