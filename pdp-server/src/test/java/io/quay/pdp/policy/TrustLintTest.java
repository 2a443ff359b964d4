package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Trust permits that let in more than was meant, by the kind of their issuer.
class TrustLintTest {
    private static final String ISSUERS =
            """
            issuers:
              - {name: github, kind: github_actions, issuer: "https://token.actions.githubusercontent.com", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: ent, kind: github_actions, issuer: "https://token.actions.githubusercontent.com/acme", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: gitlab, kind: gitlab, issuer: "https://gitlab.com", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: git, kind: gitlab, issuer: "https://git.example.com", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: mesh, kind: spiffe, trust_domain: example.org, audience: pdp, keys: {bundle_file: keys.json}}
              - {name: prod, kind: kubernetes, issuer: "https://kubernetes.default.svc", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: tfc, kind: oidc, issuer: "https://app.terraform.io", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: google, kind: oidc, issuer: "https://accounts.google.com", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: entra, kind: oidc, issuer: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: pulumi, kind: oidc, issuer: "https://api.pulumi.com/oidc", audience: pdp, keys: {jwks_file: keys.json}}
              - {name: own, kind: oidc, issuer: "https://id.example.com", audience: pdp, keys: {jwks_file: keys.json}}
            """;

    @TempDir private Path directory;

    private List<Problem> problems(String policy) {
        return TestRepository.quay(directory)
                .with("keys.json", "{\"keys\": []}")
                .with("issuers.yaml", ISSUERS)
                .withAccounts("svc-a")
                .with("trust/t.cedar", "@id(\"t\") " + policy)
                .problems();
    }

    private void refused(String rule, String policy) {
        List<Problem> problems = problems(policy);
        assertThat(problems).extracting(Problem::rule).containsExactly(rule);
        assertThat(problems.getFirst().line()).isEqualTo(1);
        assertThat(problems.getFirst().hint()).isNotBlank();
    }

    private void accepted(String policy) {
        assertThat(problems(policy)).isEmpty();
    }

    private static String permit(String kind, String conditions) {
        return "permit (principal is Workload::"
                + kind
                + ", action == Pdp::Action::\"assume\", resource == Quay::ServiceAccount::\"svc-a\") "
                + conditions
                + ";";
    }

    private static String when(String kind, String condition) {
        return permit(kind, "when { " + condition + " }");
    }

    @Nested
    class SharedIssuers {
        private static final String PUSH = " && principal.event_name == \"push\"";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "principal.issuer == \"github\" && principal.repository == \"acme/app\"",
                    "principal.issuer == \"github\" && principal.subject == \"repo:acme/app:ref:refs/heads/main\"",
                    "principal.issuer == \"github\" && principal.subject like \"repo:acme/*\"",
                    "principal.issuer == \"github\" && principal.repository == \"a/b\" && principal.repository_id != \"1\"",
                    "principal.issuer == \"github\" && principal.repository == \"a/b\" && (principal.repository_id == \"1\" || principal.actor == \"x\" )",
                    "principal.issuer == \"github\" && principal.repository == \"a/b\" && principal.repository_id like \"1-*\"",
                    "[\"github\", \"ent\"].contains(principal.issuer) && principal.repository == \"acme/app\"",
                    "[\"repo:acme@1/app@2:ref:refs/heads/main\", \"repo:acme/app:ref:refs/heads/main\"].contains(principal.subject) && principal.issuer == \"github\""
                })
        void githubPermitOnNames_isRefused(String condition) {
            String readable =
                    condition.replace("principal.actor == \"x\" ", "principal.ref == \"x\"");
            refused("shared-issuer", when("GitHubActions", readable + PUSH));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "principal.issuer == \"github\" && principal.repository_id == \"456789\"",
                    "principal.issuer == \"github\" && \"456789\" == principal.repository_id",
                    "principal.issuer == \"github\" && [\"1\", \"2\"].contains(principal.repository_id)",
                    "principal.issuer == \"github\" && principal.repository_owner_id == \"123456\"",
                    "principal.issuer == \"github\" && principal.subject == \"repo:acme@1/app@2:environment:x\"",
                    "principal.issuer == \"ent\" && principal.repository == \"acme/app\""
                })
        void githubPermitOnIds_orOfOneEnterprise_isAccepted(String condition) {
            accepted(when("GitHubActions", condition + PUSH));
        }

        @Test
        void workloadByItsName_isRefusedAsItsSubjectIs() {
            String named =
                    permit("GitHubActions", "when { principal.event_name == \"push\" }")
                            .replace(
                                    "principal is Workload::GitHubActions",
                                    "principal == Workload::GitHubActions::\"github/SUB\"");
            refused("shared-issuer", named.replace("SUB", "repo:acme/app:ref:refs/heads/main"));
            accepted(named.replace("SUB", "repo:acme@1/app@2:ref:refs/heads/main"));
        }

        @ParameterizedTest
        @CsvSource({
            "gitlab, principal.project_path == \"acme/app\", principal.project_id == \"20\"",
            "gitlab, principal.namespace_path == \"acme\" && principal.project_path like \"acme/app/*\", principal.namespace_id == \"72\"",
        })
        void gitlabPermitOnPaths_isRefused_onIdsAccepted(String issuer, String names, String ids) {
            String rest = " && principal.ref_protected && principal.issuer == \"" + issuer + "\"";
            refused("shared-issuer", when("GitLab", names + rest));
            accepted(when("GitLab", ids + rest));
            accepted(when("GitLab", names + rest.replace(issuer, "git")));
        }

        @ParameterizedTest
        @CsvSource({
            "tfc, terraform_workspace_id, true",
            "tfc, terraform_organization_id, true",
            "tfc, terraform_workspace_name, false",
            "entra, oid, true",
            "entra, email, false",
            "pulumi, anything, false",
        })
        void oidcPermitNeedsATagThatNeverChangesHands(String issuer, String tag, boolean fine) {
            String policy =
                    when(
                            "Oidc",
                            "principal.issuer == \"%s\" && principal.hasTag(\"%s\") && principal.getTag(\"%s\") == \"x\""
                                    .formatted(issuer, tag, tag));
            if (fine) {
                accepted(policy);
            } else {
                assertThat(problems(policy)).extracting(Problem::rule).contains("shared-issuer");
            }
        }

        @Test
        void oidcSubject_isAPinWhereItIsImmutable() {
            accepted(
                    when(
                            "Oidc",
                            "principal.issuer == \"google\" && principal.subject == \"1045\""));
            accepted(when("Oidc", "principal.issuer == \"own\" && principal.subject == \"ci\""));
            refused(
                    "shared-issuer",
                    when(
                            "Oidc",
                            "principal.issuer == \"tfc\" && principal.subject == \"organization:acme:x\""));
        }

        @Test
        void tagThatIsCalledLikeAnAttribute_isNoPin() {
            assertThat(
                            problems(
                                    when(
                                            "Oidc",
                                            "principal.hasTag(\"issuer\") && principal.getTag(\"issuer\") == \"own\" && principal.subject == \"ci\"")))
                    .extracting(Problem::rule)
                    .contains("unpinned-issuer");
        }

        @Test
        void waiver_isNotTaken() {
            String policy =
                    "@waive(\"shared-issuer: we know them\") "
                            + when(
                                    "GitHubActions",
                                    "principal.issuer == \"github\" && principal.repository == \"a/b\""
                                            + PUSH);
            assertThat(problems(policy))
                    .extracting(Problem::rule)
                    .containsExactlyInAnyOrder("shared-issuer", "waiver");
        }

        @Test
        void permitForEveryIssuer_isRefusedThoughThatIsWaived() {
            String policy =
                    "@waive(\"unpinned-issuer: any\") "
                            + when("GitHubActions", "principal.repository == \"a/b\"" + PUSH);
            refused("shared-issuer", policy);
        }

        @Test
        void message_saysWhatToAdd() {
            assertThat(
                            problems(
                                            when(
                                                    "GitHubActions",
                                                    "principal.issuer == \"github\" && principal.repository == \"a/b\""
                                                            + PUSH))
                                    .getFirst()
                                    .toString())
                    .contains(
                            "strangers share issuer `github`",
                            "add principal.repository_id == \"…\" or principal.repository_owner_id == \"…\"");
        }
    }

    @Nested
    class PullRequests {
        private static final String REPOSITORY =
                "principal.issuer == \"github\" && principal.repository_id == \"1\"";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " && principal.ref == \"refs/heads/main\"",
                    " && principal has environment && principal.environment == \"production\"",
                    " && principal.ref like \"refs/heads/*\"",
                    " && principal.event_name != \"pull_request\" && principal.ref == \"refs/heads/main\"",
                    " && principal.event_name != \"pull_request_target\"",
                    " && principal.event_name != \"pull_request\" && principal.event_name != \"pull_request_target\"",
                    " && principal.event_name != \"pull_request_target\" && principal.ref like \"refs/*\"",
                    " && (principal.event_name == \"push\" || principal.ref == \"x\")"
                })
        void permitThatPullRequestsCouldSatisfy_isRefused(String more) {
            refused("pull-requests", when("GitHubActions", REPOSITORY + more));
            accepted(
                    "@waive(\"pull-requests: previews\") "
                            + when("GitHubActions", REPOSITORY + more));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    " && principal.event_name == \"push\"",
                    " && [\"push\", \"workflow_dispatch\"].contains(principal.event_name)",
                    " && principal.ref == \"refs/heads/main\" && principal.event_name != \"pull_request_target\"",
                    " && principal.ref like \"refs/tags/*\" && !(principal.event_name == \"pull_request_target\")",
                    " && principal.subject == \"repo:a@2/b@1:ref:refs/heads/main\" && principal.event_name != \"pull_request_target\"",
                    " && ![\"pull_request\", \"pull_request_target\", \"pull_request_review\", \"pull_request_review_comment\"].contains(principal.event_name)",
                    " && principal.event_name == \"schedule\"",
                    " && [\"pull_request\", \"push\"].contains(principal.event_name)"
                })
        void permitThatLeavesThemOutOrNamesThem_isAccepted(String more) {
            accepted(when("GitHubActions", REPOSITORY + more));
        }

        @Test
        void exclusionUnderUnless_counts() {
            accepted(
                    permit(
                            "GitHubActions",
                            "when { "
                                    + REPOSITORY
                                    + " && principal.ref == \"refs/heads/main\" } unless { principal.event_name == \"pull_request_target\" || principal.event_name == \"pull_request\" }"));
            refused(
                    "pull-requests",
                    permit(
                            "GitHubActions",
                            "when { "
                                    + REPOSITORY
                                    + " && principal.ref == \"refs/heads/main\" } unless { principal.event_name == \"pull_request_target\" && principal.ref == \"x\" }"));
        }

        @Test
        void forbid_isNotJudged() {
            accepted(
                    "forbid (principal is Workload::GitHubActions, action == Pdp::Action::\"assume\", resource) when { principal.event_name == \"pull_request_target\" };");
        }
    }

    @Nested
    class ProtectedRefs {
        private static final String PROJECT =
                "principal.issuer == \"gitlab\" && principal.project_id == \"20\"";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " && principal.ref == \"main\"",
                    " && !principal.ref_protected",
                    " && principal.ref_protected == false",
                    " && (principal.ref_protected || principal.ref == \"main\")",
                    " && principal has environment && principal.environment == \"production\"",
                    " && principal has environment_protected && principal.environment_protected"
                })
        void permitForAnyBranch_isRefused(String more) {
            refused("unprotected-ref", when("GitLab", PROJECT + more));
            accepted("@waive(\"unprotected-ref: previews\") " + when("GitLab", PROJECT + more));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    " && principal.ref_protected",
                    " && principal.ref_protected == true",
                    " && principal has environment && principal.environment == \"production\" && principal has environment_protected && principal.environment_protected"
                })
        void permitForProtectedRefs_isAccepted(String more) {
            accepted(when("GitLab", PROJECT + more));
        }
    }

    @Nested
    class Subjects {
        @ParameterizedTest
        @CsvSource({
            "Spiffe, principal.issuer == \"mesh\"",
            "Spiffe, principal.issuer == \"mesh\" && principal.segments.contains(\"audit\")",
            "Spiffe, principal.issuer == \"mesh\" && principal.path like \"/*\"",
            "Spiffe, principal.path == \"/a\"",
            "Kubernetes, principal.issuer == \"prod\" && principal.service_account == \"default\"",
            "Oidc, principal.issuer == \"own\"",
            "Oidc, principal.issuer == \"own\" && principal.subject like \"repo:*\"",
            "GitLab, principal.issuer == \"git\" && principal.ref_protected",
            "GitHubActions, principal.issuer == \"ent\" && principal.event_name == \"push\"",
            "GitHubActions, principal.issuer == \"ent\" && principal.event_name == \"push\" && principal.repository_owner == \"acme\"",
        })
        void permitForWhoeverTheIssuerNames_isRefused(String kind, String condition) {
            refused("unpinned-issuer", when(kind, condition));
        }

        @ParameterizedTest
        @CsvSource({
            "Spiffe, principal.issuer == \"mesh\" && principal.path == \"/ns/audit/sa/auditor\"",
            "Spiffe, principal.trust_domain == \"example.org\" && principal.path == \"/a\"",
            "Spiffe, principal.issuer == \"mesh\" && principal.path like \"/ns/audit/*\"",
            "Oidc, principal.issuer == \"own\" && principal.subject like \"repo:acme/*\"",
            "Kubernetes, principal.issuer == \"prod\" && principal.uid == \"u\"",
        })
        void permitForOneOrForAFixedPart_isAccepted(String kind, String condition) {
            accepted(when(kind, condition));
        }

        @Test
        void spiffeWorkloadByItsId_isPinned() {
            accepted(
                    permit("Spiffe", "")
                            .replace(
                                    "principal is Workload::Spiffe",
                                    "principal == Workload::Spiffe::\"spiffe://example.org/a\""));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "principal.subject like \"*:main\"",
                    "principal.subject like \"*\"",
                    "principal.subject like \"repo:acme*\"",
                    "(principal.subject like \"*/x\" || principal.subject == \"a\")",
                    "principal.subject like \"repo:acme/*app\""
                })
        void patternWithoutAnAnchor_isRefused(String pattern) {
            refused(
                    "loose-pattern",
                    when(
                            "Oidc",
                            "principal.issuer == \"own\" && principal.subject == \"x\" && "
                                    + pattern));
        }

        @Test
        void patternThatShutsOut_needsNoAnchor() {
            accepted(
                    when(
                            "Oidc",
                            "principal.issuer == \"own\" && principal.subject == \"x\" && !(principal.subject like \"*:pull_request\")"));
        }
    }
}
