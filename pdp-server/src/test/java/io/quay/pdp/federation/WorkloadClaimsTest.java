package io.quay.pdp.federation;

import static io.quay.pdp.federation.ClaimMapper.Cause.CONTRADICTING_CLAIMS;
import static io.quay.pdp.federation.ClaimMapper.Cause.DEFAULT_AUDIENCE;
import static io.quay.pdp.federation.ClaimMapper.Cause.MALFORMED_CLAIM;
import static io.quay.pdp.federation.ClaimMapper.Cause.MISSING_CLAIM;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.ClaimMapper.Outcome;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// From claims to a workload, for the kinds whose claims are flat.
class WorkloadClaimsTest {
    private static Workload mapped(Issuer issuer, Map<String, Object> claims) {
        Outcome outcome = ClaimMapper.map(Issuers.verified(issuer, claims));
        assertThat(outcome).isInstanceOf(Outcome.Mapped.class);
        return ((Outcome.Mapped) outcome).workload();
    }

    private static void refused(Cause cause, Issuer issuer, Map<String, Object> claims) {
        assertThat(ClaimMapper.map(Issuers.verified(issuer, claims)))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused ->
                                assertThat(refused.cause()).as(refused.detail()).isEqualTo(cause));
    }

    @Nested
    class GitHub {
        private final Map<String, Object> claims = Issuers.github();

        private void refused(Cause cause, String claim, Object value) {
            claims.put(claim, value);
            WorkloadClaimsTest.refused(cause, Issuers.GITHUB, claims);
        }

        private Workload mapped() {
            return WorkloadClaimsTest.mapped(Issuers.GITHUB, claims);
        }

        @Test
        void tokenHasExactlyTheKnownAttributes_whateverElseItSays() {
            claims.put("namespace", "kube-system");
            claims.put("issuer", "prod-cluster");
            Workload workload = mapped();
            assertThat(workload.entity().toString())
                    .isEqualTo(
                            "Workload::GitHubActions::\"github/repo:acme@123456/app@456789:ref:refs/heads/main\"");
            assertThat(workload.attributes())
                    .containsOnlyKeys(
                            "issuer",
                            "subject",
                            "repository",
                            "repository_id",
                            "repository_owner",
                            "repository_owner_id",
                            "repository_visibility",
                            "ref",
                            "ref_type",
                            "ref_protected",
                            "sha",
                            "event_name",
                            "workflow",
                            "workflow_ref",
                            "job_workflow_ref",
                            "runner_environment",
                            "actor",
                            "actor_id",
                            "run_id",
                            "run_attempt")
                    .containsEntry("issuer", Value.of("github"))
                    .containsEntry("repository_id", Value.of("456789"))
                    .containsEntry("ref_protected", Value.of(true));
            assertThat(workload.tags()).isEmpty();
        }

        @Test
        void runIsItsNumberAndItsAttempt() {
            assertThat(mapped().run())
                    .isEqualTo(
                            Map.of(
                                    "run_id",
                                    "9876543210",
                                    "run_attempt",
                                    "1",
                                    "jti",
                                    "6f4762ed-0758-4ccb-808d-ee3af5d723a8"));
        }

        @ParameterizedTest
        @CsvSource({
            "repo:acme/app:ref:refs/heads/main,,",
            "repo:acme@123456/app@456789:ref:refs/heads/main,,",
            "repo:acme/app:environment:production,environment,production",
            "repo:acme/app:environment:eu%3Aprod,environment,eu:prod",
            "repo:acme/app:environment:eu:job_workflow_ref:x,environment,eu",
            "repo:acme@123456/app@456789:pull_request,event_name,pull_request",
            "repository_owner_id:123456:environment:x,,",
            "environment:production:repo:evil/app,,",
        })
        void bothFormatsOfTheSubjectAndOtherTemplates_areAccepted(
                String subject,
                @org.jspecify.annotations.Nullable String claim,
                @org.jspecify.annotations.Nullable String value) {
            claims.put("sub", subject);
            if (claim != null && value != null) {
                claims.put(claim, value);
            }
            assertThat(mapped().attributes()).containsEntry("subject", Value.of(subject));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "repo:evil/app:ref:refs/heads/main",
                    "repo:acme/evil:ref:refs/heads/main",
                    "repo:acme-evil/app:ref:refs/heads/main",
                    "repo:ACME/app:ref:refs/heads/main",
                    "repo:acme@999/app@456789:ref:refs/heads/main",
                    "repo:acme@123456/app@999:ref:refs/heads/main",
                    "repo:evil@123456/app@456789:ref:refs/heads/main",
                    "repo:acme/app:ref:refs/heads/other",
                    "repo:acme/app:ref:refs/heads/main2",
                    "repo:acme/app:environment:production",
                    "repo:acme/app:pull_request"
                })
        void subjectThatSaysSomethingElseThanTheClaims_isRefused(String subject) {
            refused(CONTRADICTING_CLAIMS, "sub", subject);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "repo:acme@123456/app:ref:refs/heads/main",
                    "repo:acme/app@456789:ref:refs/heads/main",
                    "repo:acme/app",
                    "repo:acme/app:",
                    "repo:acme/app/evil:ref:x",
                    "repo:acme@x/app@456789:ref:refs/heads/main",
                    "repo:"
                })
        void subjectThatNamesItsRepositoryAsGitHubNeverDoes_isRefused(String subject) {
            refused(MALFORMED_CLAIM, "sub", subject);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "repository",
                    "repository_id",
                    "repository_owner",
                    "repository_owner_id",
                    "ref",
                    "event_name",
                    "run_id",
                    "sub"
                })
        void tokenWithoutWhatRulesRestOn_isRefused(String claim) {
            claims.remove(claim);
            WorkloadClaimsTest.refused(MISSING_CLAIM, Issuers.GITHUB, claims);
        }

        @Test
        void idThatIsANumber_isRefused() {
            refused(MALFORMED_CLAIM, "repository_id", 456789L);
        }

        @ParameterizedTest
        @ValueSource(strings = {"True", "1", "yes", " true"})
        void truthInAnotherSpelling_isRefused(String truth) {
            refused(MALFORMED_CLAIM, "ref_protected", truth);
        }

        @Test
        void truthThatIsNoText_isRefused() {
            refused(MALFORMED_CLAIM, "ref_protected", true);
        }

        @Test
        void repositoryOfAnotherOwner_isRefused() {
            claims.put("sub", "repository_id:456789");
            refused(CONTRADICTING_CLAIMS, "repository_owner", "acm");
        }

        @ParameterizedTest
        @ValueSource(strings = {"acme/app/x", "acme", "acme/", "acme/a b", "acme/app\n"})
        void repositoryThatIsNoName_isRefused(String repository) {
            refused(MALFORMED_CLAIM, "repository", repository);
        }

        @Test
        void audienceThatGitHubGivesUnasked_isRefused() {
            refused(DEFAULT_AUDIENCE, "aud", "https://github.com/acme");
            refused(DEFAULT_AUDIENCE, "aud", List.of("https://github.com/acme"));
        }

        @Test
        void nbfTenMinutesBeforeIat_isAsGitHubSendsIt() {
            assertThat(TokenClaims.check(Issuers.GITHUB, claims, Issuers.NOW))
                    .isInstanceOf(TokenClaims.Checked.Sound.class);
        }
    }

    @Nested
    class GitLab {
        private final Map<String, Object> claims = Issuers.gitlab();

        private void refused(Cause cause, String claim, Object value) {
            claims.put(claim, value);
            WorkloadClaimsTest.refused(cause, Issuers.GITLAB, claims);
        }

        @Test
        void tokenHasExactlyTheKnownAttributes() {
            Workload workload = mapped(Issuers.GITLAB, claims);
            assertThat(workload.entity().type()).isEqualTo("Workload::GitLab");
            assertThat(workload.attributes())
                    .containsOnlyKeys(
                            "issuer",
                            "subject",
                            "project_id",
                            "project_path",
                            "project_visibility",
                            "namespace_id",
                            "namespace_path",
                            "ref",
                            "ref_type",
                            "ref_path",
                            "ref_protected",
                            "environment",
                            "environment_protected",
                            "pipeline_id",
                            "pipeline_source",
                            "job_id",
                            "sha",
                            "runner_id",
                            "runner_environment",
                            "user_id",
                            "user_login",
                            "user_access_level")
                    .containsEntry("ref_protected", Value.of(true))
                    .containsEntry("runner_id", Value.of(1));
            assertThat(workload.run())
                    .containsEntry("job_id", "302")
                    .containsEntry("pipeline_id", "574");
        }

        @ParameterizedTest
        @CsvSource({
            "job_project_id, 99",
            "job_project_path, acme/platform/fork",
            "job_namespace_id, 99",
            "job_namespace_path, evil",
        })
        void forkMergeRequestPipeline_withTheTargetsProjectClaims_isRefused(
                String claim, String value) {
            refused(CONTRADICTING_CLAIMS, claim, value);
        }

        @Test
        void olderGitLabWithoutJobProject_isAccepted() {
            claims.keySet().removeIf(claim -> claim.startsWith("job_") && !claim.equals("job_id"));
            mapped(Issuers.GITLAB, claims);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "project_path:acme/platform/other:ref_type:branch:ref:main",
                    "project_path:acme/platform:ref_type:branch:ref:main",
                    "project_path:acme/platform/app2:ref_type:branch:ref:main",
                    "project_path:acme/platform/app:ref_type:tag:ref:main",
                    "project_path:acme/platform/app:ref_type:branch:ref:main2",
                    "project_path:acme/platform/app:ref_type:branch:ref:"
                })
        void subjectThatSaysSomethingElseThanTheClaims_isRefused(String subject) {
            refused(CONTRADICTING_CLAIMS, "sub", subject);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "project_path:acme/platform/app",
                    "project_path:acme/platform/app:ref_type:branch",
                    "project_path:acme/platform/app:ref_type:branch:ref:main:user_login:x",
                    "ref:main"
                })
        void subjectOfAProjectsOwnTemplate_isAccepted(String subject) {
            claims.put("sub", subject);
            mapped(Issuers.GITLAB, claims);
        }

        @ParameterizedTest
        @ValueSource(strings = {"acme", "acme/platform/app", "platform", "acme/plat"})
        void namespaceThatIsNotTheProjects_isRefused(String namespace) {
            claims.keySet().removeIf(claim -> claim.startsWith("job_namespace"));
            refused(CONTRADICTING_CLAIMS, "namespace_path", namespace);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "project_id",
                    "project_path",
                    "namespace_id",
                    "namespace_path",
                    "ref",
                    "ref_type",
                    "ref_protected",
                    "pipeline_id",
                    "pipeline_source",
                    "job_id"
                })
        void tokenWithoutWhatRulesRestOn_isRefused(String claim) {
            claims.keySet().removeIf(key -> key.startsWith("job_") && !key.equals("job_id"));
            claims.remove(claim);
            WorkloadClaimsTest.refused(MISSING_CLAIM, Issuers.GITLAB, claims);
        }

        @Test
        void typesThatGitLabNeverSends_areRefused() {
            refused(MALFORMED_CLAIM, "ref_protected", true);
            claims.put("ref_protected", "true");
            refused(MALFORMED_CLAIM, "runner_id", "1");
            claims.put("runner_id", 1L);
            refused(MALFORMED_CLAIM, "environment_protected", "maybe");
        }
    }

    @Nested
    class Spiffe {
        private final Map<String, Object> claims = Issuers.svid();

        @Test
        void svidIsItsId() {
            Workload workload = mapped(Issuers.MESH, claims);
            assertThat(workload.entity().toString())
                    .isEqualTo("Workload::Spiffe::\"spiffe://example.org/ns/audit/sa/auditor\"");
            assertThat(workload.attributes())
                    .isEqualTo(
                            Map.of(
                                    "issuer", Value.of("mesh"),
                                    "trust_domain", Value.of("example.org"),
                                    "path", Value.of("/ns/audit/sa/auditor"),
                                    "segments",
                                            new Value.Many(
                                                    List.of(
                                                            Value.of("ns"),
                                                            Value.of("audit"),
                                                            Value.of("sa"),
                                                            Value.of("auditor")))));
            assertThat(workload.run())
                    .isEqualTo(Map.of("spiffe_id", "spiffe://example.org/ns/audit/sa/auditor"));
        }

        @Test
        void svidWithTheClaimsThatItNeedNotHave_isTheSame() {
            Workload plain = mapped(Issuers.MESH, claims);
            claims.put("iss", "https://spire.example.org");
            claims.put("nbf", Issuers.NOW.getEpochSecond());
            claims.put("jti", "j-1");
            Workload full = mapped(Issuers.MESH, claims);
            assertThat(full.entity()).isEqualTo(plain.entity());
            assertThat(full.attributes()).isEqualTo(plain.attributes());
            assertThat(full.run()).containsEntry("jti", "j-1");
        }

        @Test
        void otherTrustDomain_isRefused() {
            claims.put("sub", "spiffe://example.com/ns/audit/sa/auditor");
            claims.put("iss", "spiffe://example.org");
            refused(CONTRADICTING_CLAIMS, Issuers.MESH, claims);
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://example.org", "spiffe://example.org/a/../b", "auditor"})
        void subjectThatIsNoWorkloadsId_isRefused(String subject) {
            claims.put("sub", subject);
            refused(MALFORMED_CLAIM, Issuers.MESH, claims);
        }
    }

    @Test
    void kubernetesRunIsThePodAndTheToken() {
        assertThat(mapped(Issuers.CLUSTER, Issuers.kubernetes()).run())
                .isEqualTo(Map.of("pod_uid", "p-1", "jti", "6f4762ed-0758-4ccb-808d-ee3af5d723a8"));
    }
}
