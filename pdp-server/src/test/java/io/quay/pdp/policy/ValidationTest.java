package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationTest {
    @TempDir private Path directory;

    private List<Problem> problems(String folder, String policy) {
        return TestRepository.quay(directory).with(folder + "/a.cedar", policy).problems();
    }

    private void refused(String policy, int line, int column, String message) {
        List<Problem> problems = problems("access", policy);
        assertThat(problems)
                .extracting(Problem::toString)
                .anySatisfy(problem ->
                        assertThat(problem)
                                .startsWith("access/a.cedar:" + line + ":" + column + ": ")
                                .contains(message)
                                .contains("[schema]"));
    }

    @Test
    void unknownActionIsRefusedWhereItStands() {
        refused(
                """
                @id("größe-€-😀")
                forbid (
                  principal,
                  action == Quay::Action::"deleteEverything",
                  resource);
                """,
                4,
                13,
                "deleteEverything");
    }

    @Test
    void unknownTypeIsRefusedWhereItStands() {
        refused(
                "@id(\"x\") forbid (principal is Quay::Robot, action, resource);",
                1,
                31,
                "Quay::Robot");
    }

    @Test
    void unknownAttributeIsRefusedOnceAndNotOnceAnAction() {
        List<Problem> problems =
                problems(
                        "access",
                        """
                        @id("x") // überall
                        forbid (principal, action, resource)
                        when { principal.nmae == "é" };
                        """);
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().toString())
                .startsWith("access/a.cedar:3:8: ")
                .contains("nmae");
    }

    @Test
    void optionalAttributeWithoutHas_isRefused() {
        refused(
                "@id(\"x\") forbid (principal, action == Quay::Action::\"getRepo\", resource) when { resource.visibility == \"private\" };",
                1,
                81,
                "visibility");
    }

    @Test
    void policyThatCanNeverApply_isRefused() {
        assertThat(
                        problems(
                                "access",
                                "@id(\"x\") forbid (principal, action == Quay::Action::\"getRepo\", resource in Quay::Group::\"g\");"))
                .extracting(Problem::rule)
                .containsExactly("schema");
    }

    @Test
    void impossiblePolicyIsReportedBesideABrokenOne() {
        assertThat(
                        problems(
                                "access",
                                """
                                @id("x") forbid (principal, action == Quay::Action::"getRepo", resource in Quay::Group::"g");
                                @id("y") forbid (principal, action == Quay::Action::"nope", resource);
                                """))
                .extracting(Problem::line)
                .containsOnly(1, 2);
    }

    @Test
    void contextOfAnotherAction_isRefused() {
        assertThat(
                        problems(
                                "access",
                                "@id(\"x\") forbid (principal, action == Quay::Action::\"getRepo\", resource) when { context.parameters.teamname == \"owners\" };"))
                .singleElement()
                .asString()
                .contains("teamname");
    }

    @Test
    void templateIsCheckedAsWell() {
        assertThat(
                        problems(
                                "roles",
                                "@id(\"r\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource) when { resource.nope };"))
                .singleElement()
                .asString()
                .startsWith("roles/a.cedar:1:108: ")
                .contains("nope");
    }
}
