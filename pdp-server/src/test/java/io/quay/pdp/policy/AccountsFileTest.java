package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccountsFileTest {
    private static final String ROLE =
            "@id(\"reader\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);";

    @TempDir private Path directory;

    private TestRepository repository(String yaml) {
        return TestRepository.quay(directory)
                .with("roles/reader.cedar", ROLE)
                .with("accounts.yaml", yaml);
    }

    private void refused(String yaml, String... problems) {
        List<String> found = repository(yaml).problems().stream().map(Problem::toString).toList();
        assertThat(found).hasSameSizeAs(problems);
        for (int i = 0; i < problems.length; i++) {
            assertThat(found.get(i)).contains(problems[i]);
        }
    }

    private void accountRefused(String fields, String problem) {
        refused("service_accounts:\n  - name: svc-a\n" + fields.indent(4), problem);
    }

    @Test
    void everythingThatIsDeclaredIsRead() {
        Snapshot snapshot =
                repository(
                                """
                                groups:
                                  - name: auditors
                                    groups: [everybody]
                                    grants: [{role: reader, resource: {type: Quay::Registry, id: quay}}]
                                  - name: everybody
                                service_accounts:
                                  - name: svc-a
                                    id: "1234"
                                    display_name: A
                                    description: reads
                                    owner: acme
                                    groups: [auditors]
                                    labels: {team: security, "a/b": "c"}
                                    enabled: false
                                    created_at: 2026-01-01T00:00:00Z
                                    expires_at: 2027-01-01T00:00:00Z
                                    grants:
                                      - role: reader
                                        id: g-1
                                        expires_at: 2026-02-01T00:00:00Z
                                        resource: {type: Quay::Organization, id: acme}
                                  - name: svc-b
                                    owner: null
                                    expires_at: null
                                """)
                        .load();
        assertThat(snapshot.accounts().find("svc-a"))
                .contains(
                        new ServiceAccount(
                                "1234",
                                "svc-a",
                                "reads",
                                "acme",
                                Set.of("auditors"),
                                Map.of("team", "security", "a/b", "c"),
                                false,
                                Instant.parse("2026-01-01T00:00:00Z"),
                                Instant.parse("2027-01-01T00:00:00Z"),
                                List.of(
                                        new Grant(
                                                "g-1",
                                                "reader",
                                                EntityRef.organization("acme"),
                                                Instant.parse("2026-02-01T00:00:00Z")))));
        assertThat(snapshot.accounts().find("svc-b").orElseThrow().enabled()).isTrue();
        assertThat(snapshot.accounts().findGroup("auditors").orElseThrow().groups())
                .containsExactly("everybody");
        assertThat(snapshot.policyCount()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    grant: []              | accounts.yaml:3:5: `grant` is not known here
                    enabled: 1             | accounts.yaml:3:5: `enabled` must be true or false
                    enabled: "true"        | accounts.yaml:3:5: `enabled` must be true or false
                    owner: 7               | accounts.yaml:3:5: `owner` must be a text
                    groups: auditors       | accounts.yaml:3:5: `groups` must be a list
                    groups: [7]            | accounts.yaml:3:5: `groups` must hold texts only
                    groups: [nobody]       | accounts.yaml:3:5: group `nobody` is not declared
                    labels: [a]            | accounts.yaml:3:5: `labels` must be a mapping
                    labels: {a: 1}         | accounts.yaml:3:14: `a` must be a text
                    expires_at: tomorrow   | accounts.yaml:3:5: `expires_at` must be a moment
                    expires_at: 2026-01-01 | accounts.yaml:3:5: `expires_at` must be a moment
                    grants: {role: reader} | accounts.yaml:3:5: `grants` must be a list
                    grants: [reader]       | accounts.yaml:3:14: every entry of `grants` must be a mapping
                    grants: [{role: reader}] | accounts.yaml:3:14: `resource` is missing
                    grants: [{role: writer, resource: {type: Quay::Registry, id: quay}}] | is granted role `writer`, which does not exist
                    grants: [{role: reader, resource: {type: Quay::Repo, id: a}}] | is granted a role on an unknown type `Quay::Repo`
                    grants: [{role: reader, resource: {type: Quay::Registry, id: quay, name: x}}] | `name` is not known here
                    """)
    void fieldThatIsWrong_isRefusedWithItsLine(String field, String problem) {
        accountRefused(field, problem);
    }

    @ParameterizedTest
    @CsvSource({"yes, true", "on, true", "no, false", "off, false", "False, false"})
    void yamlsWordsForTruth_areNotTakenForTexts(String word, boolean enabled) {
        assertThat(
                        repository("service_accounts: [{name: svc-a, enabled: " + word + "}]")
                                .load()
                                .accounts()
                                .find("svc-a"))
                .hasValueSatisfying(account -> assertThat(account.enabled()).isEqualTo(enabled));
    }

    @ParameterizedTest
    @CsvSource({"a", "svc-", "svc-A", "SVC-a", "svc-a_b", "svc-é", "'svc-a '"})
    void nameOfAnotherForm_isRefused(String name) {
        refused("service_accounts: [{name: \"" + name + "\"}]", "is no service account's name");
    }

    @Test
    void whatStandsTwice_isRefused() {
        refused("service_accounts: [{name: svc-a}, {name: svc-a}]", "declared twice");
        refused("groups: [{name: g}, {name: g}]", "declared twice");
        refused("groups: []\ngroups: []", "accounts.yaml:2");
        refused(
                """
                service_accounts:
                  - name: svc-a
                    grants: [{role: reader, id: g, resource: {type: Quay::Registry, id: quay}},
                             {role: reader, id: g, resource: {type: Quay::Registry, id: quay}}]
                """,
                "two grants have the id `g`");
    }

    @Test
    void circleOfGroups_isRefused() {
        refused("groups: [{name: a, groups: [a]}]", "group `a` is a member of itself");
        refused(
                "groups:\n- {name: a, groups: [b]}\n- {name: b, groups: [c]}\n- {name: c, groups: [a]}\n- {name: d, groups: [a]}",
                "accounts.yaml:2:3: group `a` is a member of itself",
                "accounts.yaml:3:3: group `b`",
                "accounts.yaml:4:3: group `c`");
    }

    @Test
    void severalMistakesAreReportedAtOnce() {
        refused(
                "service_accounts:\n- {name: svc-a, x: 1}\n- {name: bad}\ngroup: []",
                "accounts.yaml:2:",
                "accounts.yaml:3:",
                "accounts.yaml:4:1: `group` is not known here");
    }
}
