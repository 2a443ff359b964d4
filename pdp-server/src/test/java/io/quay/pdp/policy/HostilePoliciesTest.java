package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts that would end the process are refused, and what is accepted is decided rightly: at the
/// caps, too.
class HostilePoliciesTest {
    private static final String SCHEMA =
            """
            entity User; entity File;
            action "read" appliesTo { principal: [User], resource: [File],
                                      context: { b: Bool, n: Long, c?: { c?: { b: Bool } } } };
            """;
    @TempDir private Path directory;

    private TestRepository repository(String condition) {
        return TestRepository.other(directory, SCHEMA)
                .withAccess(
                        "@waive(\"unconstrained-permit: test\") permit (principal, action, resource);",
                        "forbid (principal, action, resource) when { " + condition + " };");
    }

    /// Many ways to be deep, each as true as `context.b`.
    private static String condition(String shape, int size) {
        return switch (shape) {
            case "parentheses" -> "(".repeat(size) + "context.b" + ")".repeat(size);
            case "sets" -> "[".repeat(size) + "1" + "]".repeat(size) + " == 1 || context.b";
            case "records" -> "{a: ".repeat(size) + "1" + "}".repeat(size) + " == 1 || context.b";
            case "then" ->
                    "if context.b then ".repeat(size) + "context.b" + " else false".repeat(size);
            case "if" ->
                    "if ".repeat(size) + "context.b" + " then context.b else false".repeat(size);
            case "else" -> "if !context.b then false else ".repeat(size) + "context.b";
            case "not" -> "!(".repeat(size) + "context.b" + ")".repeat(size);
            case "or" -> "false || ".repeat(size) + "context.b";
            case "and" -> "true && ".repeat(size) + "context.b";
            case "plus" -> "context.n" + " + 0".repeat(size) + " == context.n && context.b";
            case "contains" -> "[1].contains(1) && ".repeat(size) + "context.b";
            case "mixed" -> "(context.n == 7 || (".repeat(size) + "context.b" + "))".repeat(size);
            default -> throw new IllegalArgumentException(shape);
        };
    }

    private static Evaluation ask(Snapshot snapshot, boolean wanted) {
        EntityRef user = new EntityRef("User", "alice");
        EntityRef file = new EntityRef("File", "plan");
        EntityRef read = new EntityRef("Action", "read");
        return snapshot.evaluate(
                PolicyKind.ACCESS,
                new Question(
                        user,
                        read,
                        file,
                        Map.of("b", Value.of(wanted), "n", Value.of(0)),
                        List.of(
                                EntityData.bare(user),
                                EntityData.bare(file),
                                EntityData.bare(read))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parentheses 57",
                "then 58",
                "if 58",
                "else 58",
                "not 28",
                "or 499",
                "and 498",
                "plus 990",
                "contains 330",
                "mixed 28"
            })
    void policyAtTheCaps_isDecidedRightly(String what) {
        String shape = what.substring(0, what.indexOf(' '));
        int size = Integer.parseInt(what.substring(what.indexOf(' ') + 1));
        Snapshot snapshot = repository(condition(shape, size)).load();
        assertThat(ask(snapshot, true)).isInstanceOf(Evaluation.Forbidden.class);
        assertThat(ask(snapshot, false)).isInstanceOf(Evaluation.Permitted.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parentheses 80",
                "parentheses 2000",
                "sets 80",
                "sets 2000",
                "records 2000",
                "then 2000",
                "if 2000",
                "else 2000",
                "not 400",
                "or 3000",
                "and 3000",
                "plus 10000",
                "contains 2000",
                "mixed 2000"
            })
    void policyBeyondTheCaps_isRefusedAndTheProcessLives(String what) {
        String shape = what.substring(0, what.indexOf(' '));
        int size = Integer.parseInt(what.substring(what.indexOf(' ') + 1));
        List<Problem> problems = repository(condition(shape, size)).problems();
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().toString())
                .startsWith("access/test.cedar:2:1: this policy is ")
                .contains("[parse]");
    }

    @Test
    void policyThatCannotBeRead_isNeverPassedOver() {
        for (String condition :
                List.of("!!!!!context.b", "-----1 == 1", "context has " + "c.".repeat(300) + "c")) {
            assertThat(repository(condition).problems()).as(condition).isNotEmpty();
        }
    }

    @Test
    void deepDataInFiles_isRefused() {
        String deep = "[".repeat(5_000) + "]".repeat(5_000);
        assertThat(
                        TestRepository.quay(directory)
                                .with("entities.json", deep)
                                .with("accounts.yaml", deep)
                                .with("issuers.yaml", "issuers: " + deep)
                                .rules())
                .containsExactly("parse");
    }
}
