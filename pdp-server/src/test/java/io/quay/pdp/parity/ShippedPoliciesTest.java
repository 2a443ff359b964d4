package io.quay.pdp.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.policy.PolicyTest;
import io.quay.pdp.policy.PolicyTests;
import io.quay.pdp.policy.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The policies that ship are sound, do what their stories need, and obtain no secret.
class ShippedPoliciesTest {
    private static final List<String> ACCOUNTS =
            List.of("svc-terraform", "svc-quay-auditor", "svc-acme-reporter", "svc-ci");
    private static final List<String> SAFE_ROLES =
            List.of("registry-auditor", "organization-auditor", "organization-operator");
    private static final List<String> REPOSITORIES =
            List.of("acme/web", "acme/nightly", "payroll/batch-snapshots", "proj-1234/app");
    private static final Set<String> CREDENTIALS = Set.of("credential:mint", "credential:read");

    private static final List<String> TRUST =
            List.of(
                    "trust/terraform.cedar",
                    "trust/ci.cedar",
                    "trust/auditor.cedar",
                    "trust/ci-github.cedar",
                    "trust/terraform-gitlab.cedar",
                    "trust/auditor-spiffe.cedar");
    private static final String WAIVED =
            "@waive(\"unpinned-issuer: what the test is about; pull-requests: so; unprotected-ref: so\")\n";

    @TempDir private Path temporary;

    @Test
    void shippedPolicies_haveNoProblems() {
        assertThat(PolicyWorkshop.problems(PolicyWorkshop.SHIPPED)).isEmpty();
    }

    @Test
    void shippedTests_pass() {
        PolicyTest.Report report = run(PolicyWorkshop.SHIPPED);

        assertThat(report.problems()).isEmpty();
        assertThat(report.cases()).hasSizeGreaterThan(100).allMatch(PolicyTest::passed);
    }

    @Test
    void listOfAccounts_isComplete() {
        Snapshot shipped = PolicyWorkshop.load(PolicyWorkshop.SHIPPED);
        Matcher names =
                Pattern.compile("name: (svc-\\S+)")
                        .matcher(
                                PolicyWorkshop.text(
                                        PolicyWorkshop.SHIPPED.resolve("accounts.yaml")));

        assertThat(names.results().map(found -> found.group(1)).toList()).isEqualTo(ACCOUNTS);
        assertThat(ACCOUNTS).allMatch(name -> shipped.accounts().find(name).isPresent());
    }

    @Test
    void secrets_areObtainedByNoShippedAccountAndNoSafeRole() {
        Snapshot snapshot = withSafeRoles();
        List<String> obtained = new ArrayList<>();
        int asked = 0;
        for (JsonNode row : OperationRequests.ROWS) {
            if (!row.path("returns_secret").booleanValue() && !inClass(row, CREDENTIALS)) {
                continue;
            }
            asked++;
            for (String account : everybody()) {
                obtained.addAll(allowed(snapshot, account, row));
            }
        }
        assertThat(obtained).isEmpty();
        assertThat(asked).isGreaterThanOrEqualTo(59);
    }

    @Test
    void classifiedOperations_areGivenByNoSafeRole() {
        Snapshot snapshot = withSafeRoles();
        List<String> given = new ArrayList<>();
        for (JsonNode row : OperationRequests.ROWS) {
            if (!row.path("class").isEmpty()) {
                SAFE_ROLES.forEach(role -> given.addAll(allowed(snapshot, "svc-" + role, row)));
            }
        }
        assertThat(given).isEmpty();
    }

    @Test
    void superusersOperations_areGivenByNoRoleOfAnOrganization() {
        Snapshot snapshot = withSafeRoles();
        List<String> given = new ArrayList<>();
        for (JsonNode row : OperationRequests.ROWS) {
            boolean registry =
                    row.path("level").textValue().equals("registry") && !row.has("narrowed_by");
            if (registry || row.path("scope").asText().equals("super:user")) {
                given.addAll(allowed(snapshot, "svc-organization-auditor", row));
                given.addAll(allowed(snapshot, "svc-organization-operator", row));
            }
        }
        assertThat(given).isEmpty();
    }

    @Test
    void safeRoles_giveWhatTheyAreFor() {
        Snapshot snapshot = withSafeRoles();
        JsonNode members = row("getOrganizationMembers");
        JsonNode deletion = row("deleteFullTag");

        assertThat(allowed(snapshot, "svc-registry-auditor", members)).hasSize(4);
        assertThat(allowed(snapshot, "svc-organization-auditor", members)).hasSize(4);
        assertThat(allowed(snapshot, "svc-organization-auditor", deletion)).isEmpty();
        assertThat(allowed(snapshot, "svc-organization-operator", deletion)).hasSize(4);
    }

    /// Each `&&` of a trust policy is a pin: without it, some test of the folder must fail.
    @Test
    void pinsOfTrustPolicies_areEachMissedWhenTheyAreGone() {
        Path neighbours = withNeighbours(temporary.resolve("neighbours"));
        List<String> unproved = new ArrayList<>();
        int pins = 0;
        for (String file : TRUST) {
            String text = PolicyWorkshop.text(PolicyWorkshop.SHIPPED.resolve(file));
            Matcher pin =
                    Pattern.compile("principal\\.\\S+ == \"[^\"]+\"|principal\\.ref_protected")
                            .matcher(text);
            while (pin.find()) {
                pins++;
                String loosened =
                        text.substring(0, pin.start()) + "true" + text.substring(pin.end());
                Path copy = trustAlone(neighbours, temporary.resolve("policies-" + pins));
                PolicyWorkshop.write(copy, Map.of(file, loosened.replace("@id(", WAIVED + "@id(")));
                PolicyTest.Report report = run(copy);
                assertThat(report.problems()).isEmpty();
                if (report.failed() == 0) {
                    unproved.add(file + ": " + pin.group());
                }
            }
        }
        assertThat(unproved).isEmpty();
        assertThat(pins).isEqualTo(8 + 4 + 5 + 7 + 2);
    }

    /// What is about trust alone, so that many of them are soon tested.
    private static Path trustAlone(Path from, Path to) {
        for (String folder : List.of("trust", "keys")) {
            PolicyWorkshop.copy(from.resolve(folder), to.resolve(folder));
        }
        String accounts =
                ACCOUNTS.stream()
                        .map(name -> "  - name: " + name + "\n")
                        .collect(Collectors.joining("", "service_accounts:\n", ""));
        PolicyWorkshop.write(
                to,
                Map.of(
                        "accounts.yaml",
                        accounts,
                        "issuers.yaml",
                        unshared(PolicyWorkshop.text(from.resolve("issuers.yaml")))));
        for (String name :
                List.of("auditor", "ci", "github", "gitlab", "spiffe", "terraform", "neighbours")) {
            String tests = PolicyWorkshop.text(from.resolve("tests/" + name + ".yaml"));
            String workloads =
                    Arrays.stream(tests.split("\n(?=  - name:)"))
                            .filter(entry ->
                                    !entry.startsWith("  - name:")
                                            || entry.contains("    workload:\n"))
                            .collect(Collectors.joining("\n"));
            PolicyWorkshop.write(to, Map.of("tests/" + name + ".yaml", workloads));
        }
        return to;
    }

    /// Without what makes the linter refuse a loosened policy before any test could.
    private static String unshared(String issuers) {
        return issuers.replace(
                        "https://token.actions.githubusercontent.com",
                        "https://github.example.com/_services/token")
                .replace("https://gitlab.com", "https://gitlab.example.com");
    }

    @Test
    void neighboursOfTrustedIssuers_becomeNobody() {
        PolicyTest.Report report = run(withNeighbours(temporary.resolve("policies")));

        assertThat(report.problems()).isEmpty();
        assertThat(report.cases()).allMatch(PolicyTest::passed);
    }

    /// The shipped policies, and a second issuer of each kind that says what the trusted ones say.
    private static Path withNeighbours(Path directory) {
        PolicyWorkshop.copy(PolicyWorkshop.SHIPPED, directory);
        return PolicyWorkshop.write(
                directory,
                Map.of(
                        "issuers.yaml",
                        PolicyWorkshop.text(directory.resolve("issuers.yaml"))
                                + """
                                  - name: other-cluster
                                    kind: kubernetes
                                    issuer: https://other-cluster.example.com
                                    audience: https://pdp.example.com
                                    keys: {jwks_file: keys/prod-cluster.jwks.json}
                                  - name: other-ci
                                    kind: oidc
                                    issuer: https://other-ci.example.com
                                    audience: https://pdp.example.com
                                    keys: {jwks_file: keys/ci.jwks.json}
                                  - name: other-github
                                    kind: github_actions
                                    issuer: https://github.example.net/_services/token
                                    audience: https://pdp.example.com
                                    keys: {jwks_file: keys/github.jwks.json}
                                  - name: other-gitlab
                                    kind: gitlab
                                    issuer: https://gitlab.example.net
                                    audience: https://pdp.example.com
                                    keys: {jwks_file: keys/gitlab.jwks.json}
                                  - name: other-mesh
                                    kind: spiffe
                                    trust_domain: example.net
                                    audience: https://pdp.example.com
                                    keys: {bundle_file: keys/mesh.bundle.json}
                                """,
                        "tests/neighbours.yaml",
                        """
                        tests:
                          - name: another cluster
                            workload:
                              issuer: other-cluster
                              claims:
                                sub: system:serviceaccount:ci:terraform
                                aud: [https://pdp.example.com]
                                kubernetes.io: {namespace: ci, serviceaccount: {name: terraform, uid: e08e496e-470a-322e-abad-8dafe2be9bbd}}
                            cases:
                              - {assume: svc-terraform, expect: deny, cause: no_permit}
                          - name: another CI service
                            workload:
                              issuer: other-ci
                              claims: {sub: "repo:acme/app:ref:refs/heads/main", repository_id: "123456789", ref: refs/heads/main}
                            cases:
                              - {assume: svc-ci, expect: deny, cause: no_permit}
                          - name: another cluster's auditor
                            workload:
                              issuer: other-cluster
                              claims:
                                sub: system:serviceaccount:audit:quay-auditor
                                kubernetes.io: {namespace: audit, serviceaccount: {name: quay-auditor, uid: d8643e33-b76d-3b27-bf0d-344110bc8287}}
                            cases:
                              - {assume: svc-quay-auditor, expect: deny, cause: no_permit}
                          - name: another GitHub
                            workload:
                              issuer: other-github
                              claims: {sub: "repo:acme/app:ref:refs/heads/main", repository: acme/app, repository_id: "123456789", repository_owner: acme, repository_owner_id: "4567890", ref: refs/heads/main, event_name: push, run_id: "1"}
                            cases:
                              - {assume: svc-ci, expect: deny, cause: no_permit}
                          - name: another GitLab
                            workload:
                              issuer: other-gitlab
                              claims: {sub: "project_path:acme/infrastructure:ref_type:branch:ref:main", project_path: acme/infrastructure, project_id: "20", namespace_path: acme, namespace_id: "72", ref: main, ref_type: branch, ref_protected: "true", pipeline_id: "1", pipeline_source: push, job_id: "1"}
                            cases:
                              - {assume: svc-terraform, expect: deny, cause: no_permit}
                          - name: another trust domain
                            workload:
                              issuer: other-mesh
                              claims: {sub: "spiffe://example.net/ns/audit/sa/quay-auditor"}
                            cases:
                              - {assume: svc-quay-auditor, expect: deny, cause: no_permit}
                        """));
    }

    private static PolicyTest.Report run(Path directory) {
        return new PolicyTests(
                        PolicyWorkshop.load(directory),
                        PolicyWorkshop.CATALOG,
                        DecisionPoint.UnboundIds.REFUSE)
                .run(directory);
    }

    /// The shipped policies, and an account for each safe role, granted on the whole registry.
    private Snapshot withSafeRoles() {
        Path directory = PolicyWorkshop.copy(PolicyWorkshop.SHIPPED, temporary.resolve("policies"));
        String accounts =
                SAFE_ROLES.stream()
                        .map(role ->
                                "  - {name: svc-"
                                        + role
                                        + ", grants: [{role: "
                                        + role
                                        + ", resource: {type: Quay::Registry, id: quay}}]}\n")
                        .collect(Collectors.joining());
        return PolicyWorkshop.load(
                PolicyWorkshop.write(
                        directory,
                        Map.of(
                                "accounts.yaml",
                                PolicyWorkshop.text(directory.resolve("accounts.yaml"))
                                        + accounts)));
    }

    private static List<String> everybody() {
        List<String> all = new ArrayList<>(ACCOUNTS);
        SAFE_ROLES.forEach(role -> all.add("svc-" + role));
        return all;
    }

    private static JsonNode row(String operation) {
        return OperationRequests.ROWS.stream()
                .filter(row -> row.path("operation").textValue().equals(operation))
                .findFirst()
                .orElseThrow();
    }

    private static boolean inClass(JsonNode row, Set<String> classes) {
        for (JsonNode member : row.path("class")) {
            if (classes.contains(member.textValue())) {
                return true;
            }
        }
        return false;
    }

    /// The repositories, with their organizations, where the account may do it.
    private static List<String> allowed(Snapshot snapshot, String account, JsonNode row) {
        List<String> allowed = new ArrayList<>();
        for (String repository : REPOSITORIES) {
            String organization = repository.substring(0, repository.indexOf('/'));
            if (PolicyWorkshop.ask(
                            snapshot,
                            account,
                            OperationRequests.request(row, organization, repository))
                    .decision()
                    .allowed()) {
                allowed.add(
                        account + ": " + row.path("operation").textValue() + " on " + repository);
            }
        }
        return allowed;
    }
}
