package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyParserTest {
    private static final String SCOPE =
            """
            (principal == Quay::ServiceAccount::"svc-a", action == Quay::Action::"getRepo", resource in Quay::Organization::"acme");
            """;
    private static final String TEMPLATE =
            """
            permit (principal in ?principal, action == Quay::Action::"getRepo", resource in ?resource);
            """;

    @TempDir private Path directory;

    private TestRepository repository() {
        return TestRepository.quay(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@id ", "@id(\"\") ", "@id(\"  \") ", "@name(\"x\") "})
    void policyWithoutAName_isRefused(String annotation) {
        assertThat(repository().with("access/a.cedar", annotation + "permit " + SCOPE).problems())
                .singleElement()
                .asString()
                .startsWith("access/a.cedar:1:1: this policy has no `@id` [id]");
    }

    @Test
    void nameThatStandsTwice_isRefusedWithBothPlaces() {
        assertThat(
                        repository()
                                .with("access/a.cedar", "\n@id(\"x\") permit " + SCOPE)
                                .with("access/b.cedar", "@id(\"x\") forbid " + SCOPE)
                                .problems())
                .singleElement()
                .asString()
                .startsWith("access/b.cedar:1:1: `@id(\"x\")` stands already at access/a.cedar:2");
    }

    @Test
    void sameNameInAnotherKindOfFolder_isAnotherPolicy() {
        Snapshot snapshot =
                repository()
                        .with("access/a.cedar", "@id(\"x\") permit " + SCOPE)
                        .with("roles/x.cedar", "@id(\"x\") " + TEMPLATE)
                        .with(
                                "accounts.yaml",
                                """
                                service_accounts:
                                  - name: svc-a
                                    grants: [{role: x, resource: {type: Quay::Organization, id: acme}}]
                                """)
                        .load();
        assertThat(snapshot.policyCount()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"role x", "grant git:account:svc-a:0"})
    void nameOfAGrantedRole_isNotForPolicies(String id) {
        assertThat(
                        repository()
                                .with("access/a.cedar", "@id(\"" + id + "\") permit " + SCOPE)
                                .rules())
                .containsExactly("id");
    }

    @Test
    void templateOutsideOfRoles_isRefused() {
        assertThat(repository().with("access/a.cedar", "@id(\"x\") " + TEMPLATE).problems())
                .singleElement()
                .asString()
                .contains("access/a.cedar:1:1: a template counts only in roles/ [role-shape]");
    }

    @Test
    void policyWithoutSlotsInRoles_isRefused() {
        assertThat(repository().with("roles/a.cedar", "@id(\"x\") permit " + SCOPE).problems())
                .singleElement()
                .asString()
                .contains("roles/a.cedar:1:1: a role must be a template [role-shape]");
    }

    @Test
    void textThatIsNoPolicy_isRefusedWhereItGoesWrong() {
        assertThat(
                        repository()
                                .with(
                                        "access/a.cedar",
                                        "@id(\"ä€😀\")\npermit (principal, action,\n  resourse);\n")
                                .problems())
                .singleElement()
                .asString()
                .startsWith("access/a.cedar:3:3: ")
                .contains("[parse]");
    }

    @Test
    void everyBrokenPolicyIsReportedAtOnce() {
        assertThat(
                        repository()
                                .with("access/a.cedar", "permit(;\nforbid " + SCOPE + "permit)(;")
                                .with("access/b.cedar", "@id(\"b\") permit (principal")
                                .with("trust/c.cedar", "@id(\"c\") allow " + SCOPE)
                                .problems())
                .extracting(problem -> problem.file() + ":" + problem.line() + " " + problem.rule())
                .containsExactly(
                        "access/a.cedar:1 parse",
                        "access/a.cedar:2 id",
                        "access/a.cedar:3 parse",
                        "access/b.cedar:1 parse",
                        "trust/c.cedar:1 parse");
    }

    @Test
    void byteOrderMarkIsNoPartOfAPolicy() {
        assertThat(
                        repository()
                                .with("access/a.cedar", "\uFEFF@id(\"x\") permit " + SCOPE)
                                .load()
                                .policyCount())
                .isEqualTo(1);
    }
}
