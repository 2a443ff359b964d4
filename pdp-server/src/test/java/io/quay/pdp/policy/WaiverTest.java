package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaiverTest {
    @TempDir private Path directory;

    private List<Problem> problems(String annotation) {
        return TestRepository.quay(directory)
                .with(
                        "access/a.cedar",
                        "@id(\"x\") "
                                + annotation
                                + " permit (principal, action in Quay::Action::\"read\", resource) when { principal.name like \"svc*\" };")
                .problems();
    }

    @Test
    void severalRulesAreWaivedBySemicolons() {
        assertThat(
                        problems(
                                "@waive(\"classified-operations: a; unconstrained-permit: b ;loose-pattern:c\")"))
                .isEmpty();
    }

    @Test
    void oneWaiver_isNoneForTheOthers() {
        assertThat(problems("@waive(\"loose-pattern: why\")"))
                .extracting(Problem::rule)
                .containsExactly("classified-operations", "unconstrained-permit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"loose-pattern", "loose-pattern:", "loose-pattern:  "})
    void waiverWithoutAReason_isRefused(String waiver) {
        assertThat(problems("@waive(\"" + waiver + "\")"))
                .extracting(Problem::toString)
                .anyMatch(problem ->
                        problem.contains("the waiver of `loose-pattern` gives no reason"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"loose-patterns: why", "*: why", "role-shape: why", "loose-pattern: why;"})
    void waiverOfNoRule_isRefused(String waiver) {
        assertThat(problems("@waive(\"" + waiver + "\")"))
                .extracting(Problem::toString)
                .anyMatch(problem -> problem.contains("is no rule that can be waived [waiver]"));
    }

    @Test
    void waiverOfOnePolicy_isNoneForItsNeighbour() {
        assertThat(
                        TestRepository.quay(directory)
                                .withAccess(
                                        "@waive(\"unconstrained-permit: a\") permit (principal, action == Quay::Action::\"getRepo\", resource);",
                                        "permit (principal, action == Quay::Action::\"listRepoTags\", resource);")
                                .problems())
                .singleElement()
                .asString()
                .startsWith("access/test.cedar:2:1: ")
                .contains("[unconstrained-permit]");
    }
}
