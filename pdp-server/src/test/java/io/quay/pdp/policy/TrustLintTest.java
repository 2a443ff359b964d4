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

    private static final String PROTECTED_PUSH =
            " && principal.ref_protected && principal.pipeline_source == \"push\"";

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
            String rest = PROTECTED_PUSH + " && principal.issuer == \"" + issuer + "\"";
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
                    " && (principal.event_name == \"push\" || principal.ref == \"x\")",
                    " && principal.subject == \"repo:a@2/b@1:ref:refs/heads/main\"",
                    " && principal.ref like \"refs/tags/*\""
                })
        void permitThatPullRequestsCouldSatisfy_isRefused(String more) {
            refused("pull-requests", when("GitHubActions", REPOSITORY + more));
            accepted(
                    "@waive(\"pull-requests: previews\") "
                            + when("GitHubActions", REPOSITORY + more));
        }

        /// `workflow_run`, `issue_comment` and others have the base branch's ref, too, and GitHub
        /// adds events.
        @ParameterizedTest
        @ValueSource(
                strings = {
                    " && principal.event_name != \"pull_request_target\"",
                    " && principal.ref == \"refs/heads/main\" && principal.event_name != \"pull_request_target\"",
                    " && principal.ref like \"refs/tags/*\" && !(principal.event_name == \"pull_request_target\")",
                    " && ![\"pull_request\", \"pull_request_target\", \"workflow_run\", \"issue_comment\"].contains(principal.event_name)",
                })
        void exclusionOfSomeEventsThatStrangersTrigger_isRefused(String more) {
            refused("pull-requests", when("GitHubActions", REPOSITORY + more));
        }

        @Test
        void exclusionUnderUnless_isRefused() {
            refused(
                    "pull-requests",
                    permit(
                            "GitHubActions",
                            "when { "
                                    + REPOSITORY
                                    + " && principal.ref == \"refs/heads/main\" } unless { principal.event_name == \"pull_request_target\" || principal.event_name == \"pull_request\" }"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    " && principal.event_name == \"push\"",
                    " && [\"push\", \"workflow_dispatch\"].contains(principal.event_name)",
                    " && principal.event_name == \"schedule\"",
                    " && [\"pull_request\", \"push\"].contains(principal.event_name)",
                    " && principal.event_name == \"workflow_run\""
                })
        void permitThatNamesItsEvents_isAccepted(String more) {
            accepted(when("GitHubActions", REPOSITORY + more));
        }

        @Test
        void message_saysWhichEventsAndWhatToAdd() {
            assertThat(problems(when("GitHubActions", REPOSITORY)).getFirst().toString())
                    .contains(
                            "pull_request_target",
                            "workflow_run",
                            "issue_comment",
                            "add principal.event_name == \"push\"");
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
                "principal.issuer == \"gitlab\" && principal.project_id == \"20\""
                        + " && principal.pipeline_source == \"push\"";

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
    class MergeRequests {
        private static final String PROJECT =
                "principal.issuer == \"gitlab\" && principal.project_id == \"20\" && principal.ref_protected";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " && principal.ref == \"main\" && principal.ref_type == \"branch\"",
                    " && principal.pipeline_source != \"merge_request_event\"",
                    " && ![\"merge_request_event\", \"external_pull_request_event\"].contains(principal.pipeline_source)",
                    " && (principal.pipeline_source == \"push\" || principal.ref == \"main\")",
                    " && principal.pipeline_source like \"push_*\"",
                    " && principal.pipeline_source == \"parent_pipeline\"",
                    " && [\"push\", \"parent_pipeline\"].contains(principal.pipeline_source)"
                })
        void permitThatMergeRequestsCouldSatisfy_isRefused(String more) {
            refused("pull-requests", when("GitLab", PROJECT + more));
            accepted("@waive(\"pull-requests: previews\") " + when("GitLab", PROJECT + more));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    " && principal.pipeline_source == \"push\"",
                    " && [\"push\", \"schedule\", \"web\"].contains(principal.pipeline_source)",
                    " && principal.pipeline_source == \"merge_request_event\"",
                    " && [\"merge_request_event\", \"parent_pipeline\"].contains(principal.pipeline_source)"
                })
        void permitThatNamesItsSources_isAccepted(String more) {
            accepted(when("GitLab", PROJECT + more));
        }
    }

    @Nested
    class UnknownIssuers {
        @ParameterizedTest
        @CsvSource({
            "Oidc, principal.issuer == \"onw\" && principal.subject == \"ci\", `onw` of kind oidc",
            "Oidc, principal.issuer == \"Own\" && principal.subject == \"ci\", `Own` of kind oidc",
            "Oidc, '[\"own\", \"onw\"].contains(principal.issuer) && principal.subject == \"ci\"', `onw`",
            "Oidc, principal.issuer == \"prod\" && principal.subject == \"ci\", `prod` of kind oidc",
            "Oidc, principal.issuer == \"https://id.example.com\" && principal.subject == \"ci\", `https://id.example.com`",
            "Kubernetes, principal.issuer == \"prd\" && principal.uid == \"u\", `prd`",
            "Spiffe, principal.trust_domain == \"example.com\" && principal.path == \"/a\", `spiffe://example.com`",
        })
        void policyAboutAnIssuerThatIsNotRegistered_isRefused(
                String kind, String condition, String named) {
            refused("unknown-issuer", when(kind, condition));
            refused("unknown-issuer", when(kind, condition).replace("permit (", "forbid ("));
            assertThat(problems(when(kind, condition)).getFirst().message())
                    .startsWith("issuers.yaml has no issuer " + named);
            accepted("@waive(\"unknown-issuer: it comes\") " + when(kind, condition));
        }

        @ParameterizedTest
        @CsvSource({"Oidc, onw/ci", "Spiffe, spiffe://example.com/a"})
        void workloadOfAnIssuerThatIsNotRegistered_isRefused(String kind, String id) {
            refused(
                    "unknown-issuer",
                    permit(kind, "")
                            .replace(
                                    "principal is Workload::" + kind,
                                    "principal == Workload::" + kind + "::\"" + id + "\""));
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
            "GitLab, principal.issuer == \"git\" && principal.ref_protected && principal.pipeline_source == \"push\"",
            "GitLab, principal.issuer == \"git\" && principal.project_path like \"acme/*\" && principal.ref_protected && principal.pipeline_source == \"push\"",
            "Oidc, principal.issuer == \"own\" && principal.subject like \"https://*\"",
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
            "Oidc, principal.issuer == \"own\" && principal.subject like \"repo:acme-corp/*\"",
            "Oidc, principal.issuer == \"own\" && principal.subject == \"x\" && principal.hasTag(\"ref\") && principal.getTag(\"ref\") like \"refs/heads/release-*\"",
            "Kubernetes, principal.issuer == \"prod\" && principal.uid == \"u\"",
        })
        void permitForOneOrForAFixedPart_isAccepted(String kind, String condition) {
            accepted(when(kind, condition));
        }

        /// The first word says where names begin, not whose they are.
        @ParameterizedTest
        @CsvSource({
            "Spiffe, path, mesh, /ns/*",
            "Spiffe, path, mesh, //ns/*",
            "Oidc, subject, own, repo:/*"
        })
        void patternThatFixesTheFirstWordAlone_isRefused(
                String kind, String claim, String issuer, String pattern) {
            refused("unpinned-issuer", when(kind, like(claim, issuer, pattern)));
        }

        @ParameterizedTest
        @CsvSource({
            "Spiffe, path, mesh, /a-*",
            "Spiffe, path, mesh, /ns/team-*",
            "Oidc, subject, own, repo:acme-*",
            "Oidc, subject, own, acme/t-*",
            "Oidc, subject, own, repo:acme/app_*",
            "Oidc, subject, own, repo:acme/app.*",
        })
        void patternThatEndsAtAHyphen_isRefused(
                String kind, String claim, String issuer, String pattern) {
            assertThat(problems(when(kind, like(claim, issuer, pattern))))
                    .extracting(Problem::rule)
                    .containsExactlyInAnyOrder("loose-pattern", "unpinned-issuer");
            refused(
                    "loose-pattern",
                    when(
                            kind,
                            like(claim, issuer, pattern)
                                    + " && principal.%s == \"/a/b\"".formatted(claim)));
        }

        /// `*` is also for what has delimiters in it.
        @ParameterizedTest
        @CsvSource({
            "Spiffe, path, mesh, /ns/*/sa/x",
            "Spiffe, path, mesh, /ns/audit/*/x",
            "Spiffe, path, mesh, /ns/audit/*/*",
            "Oidc, subject, own, repo:acme/*:ref:refs/heads/main",
        })
        void patternThatGoesOnAfterItsStar_isRefused(
                String kind, String claim, String issuer, String pattern) {
            assertThat(problems(when(kind, like(claim, issuer, pattern))))
                    .extracting(Problem::rule)
                    .contains("loose-pattern");
        }

        private static String like(String claim, String issuer, String pattern) {
            return "principal.issuer == \"%s\" && principal.%s like \"%s\""
                    .formatted(issuer, claim, pattern);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "when { PINS && (principal.subject like \"repo:acme-*\" || principal.subject == \"a\") }",
                    "when { PINS && !(!(principal.subject like \"repo:acme-*\")) }",
                    "when { PINS && (principal.subject like \"repo:acme-*\") == true }",
                    "when { PINS && (if principal.subject like \"repo:acme-*\" then true else false) }",
                    "when { PINS } unless { !(principal.subject like \"repo:acme-*\") }",
                    "when { PINS && principal.hasTag(\"team\") && principal.getTag(\"team\") like \"acme-*\" }",
                })
        void openPatternWhereverItIsWanted_isRefused(String conditions) {
            refused("loose-pattern", permit("Oidc", withPins(conditions)));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "when { PINS } unless { principal.subject like \"repo:acme-*\" }",
                    "when { PINS && !(principal.subject like \"repo:acme-*\" && principal.subject like \"x-*\") }",
                })
        void openPatternThatShutsOut_isAccepted(String conditions) {
            accepted(permit("Oidc", withPins(conditions)));
        }

        private static String withPins(String conditions) {
            return conditions.replace(
                    "PINS", "principal.issuer == \"own\" && principal.subject == \"x\"");
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
