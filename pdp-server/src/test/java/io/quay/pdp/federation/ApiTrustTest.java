package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Trust that the API makes: exact, and under the rules of the trust policies.
class ApiTrustTest {
    private static final Issuer TERRAFORM =
            Issuers.issuer("tfc", IssuerKind.OIDC, "https://app.terraform.io");
    private static final Issuer GOOGLE =
            Issuers.issuer("google", IssuerKind.OIDC, "https://accounts.google.com");
    private static final Issuer OWN =
            Issuers.issuer("own", IssuerKind.OIDC, "https://id.example.com");
    private static final List<Issuer> ALL =
            List.of(
                    Issuers.GITHUB,
                    Issuers.GITHUB_SERVER,
                    Issuers.GITLAB,
                    Issuers.GITLAB_OWN,
                    Issuers.MESH,
                    Issuers.CLUSTER,
                    TERRAFORM,
                    GOOGLE,
                    OWN);
    private static final String MAIN = "repo:acme@123456/app@456789:ref:refs/heads/main";

    @TempDir private Path directory;
    private String forbids = "";

    @ParameterizedTest
    @CsvSource({
        "github, repo:acme@123456/app@456789:ref:refs/heads/main",
        "github, repo:acme@123456/app@456789:environment:production",
        "github, repo:acme@123456/app@456789:environment:pull_request",
        "ghes, repo:acme/app:ref:refs/heads/main",
        "ghes, repository_owner:acme:x",
        "git, project_path:acme/app:ref_type:branch:ref:main",
        "mesh, spiffe://example.org/ns/audit/sa/auditor",
        "prod, system:serviceaccount:ci:terraform",
        "google, 104512345678901234567",
        "own, anything",
    })
    void subjectThatSaysWhoItIs_mayBeTrusted(String issuer, String subject) {
        assertThat(new ApiTrust(issuer, subject, Issuers.AUDIENCE).findObjection(ALL)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "github, repo:acme/app:ref:refs/heads/main",
        "github, repo:acme@123456/app:ref:refs/heads/main",
        "github, repo:acme/app@456789:ref:refs/heads/main",
        "github, repository_owner_id:123456:ref:refs/heads/main",
        "gitlab, project_path:acme/app:ref_type:branch:ref:main",
        "tfc, organization:acme:project:app:workspace:prod:run_phase:apply",
    })
    void nameAtASharedIssuer_mayNot(String issuer, String subject) {
        assertThat(new ApiTrust(issuer, subject, Issuers.AUDIENCE).findObjection(ALL))
                .hasValueSatisfying(
                        text -> assertThat(text).contains("change hands", "trust policy"));
    }

    @ParameterizedTest
    @CsvSource({
        "mesh, spiffe://example.com/ns/audit/sa/auditor",
        "mesh, spiffe://EXAMPLE.org/ns/audit/sa/auditor",
        "mesh, spiffe://example.org",
        "prod, ci/terraform",
        "prod, system:serviceaccount:ci",
        "own, ' '",
        "own, ''",
        "unknown, x",
    })
    void subjectThatTheIssuerNeverHas_mayNot(String issuer, String subject) {
        assertThat(new ApiTrust(issuer, subject, Issuers.AUDIENCE).findObjection(ALL)).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "own, ' app', blank",
        "own, 'app ', blank",
        "own, 'app\u00a0', blank",
        "git, ' project_path:acme/app:ref_type:branch:ref:main', blank",
        "own, app-*, patterns are not taken",
        "own, *, patterns are not taken",
        "git, project_path:acme/*, patterns are not taken",
        "github, repo:acme@123456/app@456789:*, patterns are not taken",
        "ghes, repo:acme/*, patterns are not taken",
        "prod, system:serviceaccount:ci:*, patterns are not taken",
    })
    void subjectThatLooksLikeMoreThanOne_mayNot(String issuer, String subject, String why) {
        assertThat(new ApiTrust(issuer, subject, Issuers.AUDIENCE).findObjection(ALL))
                .hasValueSatisfying(text -> assertThat(text).contains(why));
    }

    @ParameterizedTest
    @CsvSource({
        "github, repo:acme@123456/app@456789:pull_request",
        "github, repo:acme@123456/app@456789:pull_request:actor:x",
        "ghes, repo:acme/app:pull_request",
        "ghes, repository_owner:acme:pull_request",
    })
    void subjectOfPullRequests_mayNot(String issuer, String subject) {
        assertThat(new ApiTrust(issuer, subject, Issuers.AUDIENCE).findObjection(ALL))
                .hasValueSatisfying(text -> assertThat(text).contains("pull request"));
    }

    @Test
    void audienceOfSomebodyElse_mayNot() {
        assertThat(new ApiTrust("own", "x", "https://other.example.com").findObjection(ALL))
                .hasValueSatisfying(text -> assertThat(text).contains("audience"));
    }

    private Decision decide(ApiTrust trust, Issuer issuer, Map<String, Object> claims) {
        Snapshot snapshot =
                TestRepository.quay(directory)
                        .with("keys.json", "{\"keys\": []}")
                        .with(
                                "issuers.yaml",
                                """
                                issuers:
                                  - {name: github, kind: github_actions, issuer: "https://token.actions.githubusercontent.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                                  - {name: git, kind: gitlab, issuer: "https://git.example.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                                  - {name: mesh, kind: spiffe, trust_domain: example.org, audience: "https://pdp.example.com", keys: {bundle_file: keys.json}}
                                """)
                        .withAccounts("svc-ci", "svc-other")
                        .with("trust/forbids.cedar", forbids)
                        .load();
        var token = Issuers.verified(issuer, claims);
        var workload = ((ClaimMapper.Outcome.Mapped) ClaimMapper.map(token)).workload();
        return trust.decide(
                snapshot,
                token,
                workload,
                snapshot.accounts().find("svc-ci").orElseThrow(),
                Issuers.NOW);
    }

    private Decision decide(Map<String, Object> claims) {
        return decide(new ApiTrust("github", MAIN, Issuers.AUDIENCE), Issuers.GITHUB, claims);
    }

    private static void denied(Cause cause, Decision decision) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Deny.class,
                        deny -> assertThat(deny.cause()).as(deny.message()).isEqualTo(cause));
    }

    @Test
    void exactlyTheTrustedWorkload_isAllowed() {
        assertThat(decide(Issuers.github()).allowed()).isTrue();
        Map<String, Object> svid = Issuers.svid();
        svid.put("sub", "SPIFFE://Example.org/ns/audit/sa/auditor");
        assertThat(
                        decide(
                                        new ApiTrust(
                                                "mesh",
                                                "spiffe://example.org/ns/audit/sa/auditor",
                                                Issuers.AUDIENCE),
                                        Issuers.MESH,
                                        svid)
                                .allowed())
                .isTrue();
    }

    @Test
    void otherSubjectOrIssuer_isDenied() {
        Map<String, Object> claims = Issuers.github();
        claims.put("sub", "repo:acme@123456/app@456789:environment:production");
        claims.put("environment", "production");
        denied(Cause.NO_PERMIT, decide(claims));
        denied(
                Cause.NO_PERMIT,
                decide(
                        new ApiTrust("github", MAIN, Issuers.AUDIENCE),
                        Issuers.GITHUB_SERVER,
                        Issuers.github()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pull_request_target", "pull_request", "pull_request_review"})
    void pullRequestWithTheBranchsSubject_isDenied(String event) {
        Map<String, Object> claims = Issuers.github();
        claims.put("event_name", event);
        denied(Cause.NO_PERMIT, decide(claims));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "workflow_run",
                "issue_comment",
                "issues",
                "discussion",
                "fork",
                "watch",
                "merge_group",
                "an_event_of_next_year"
            })
    void eventThatStrangersTriggerOnTheDefaultBranch_isDenied(String event) {
        Map<String, Object> claims = Issuers.github();
        claims.put("event_name", event);
        denied(Cause.NO_PERMIT, decide(claims));
    }

    @ParameterizedTest
    @ValueSource(strings = {"push", "schedule", "workflow_dispatch", "release"})
    void eventOfThoseWhoMayWrite_isAllowed(String event) {
        Map<String, Object> claims = Issuers.github();
        claims.put("event_name", event);
        assertThat(decide(claims).allowed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"merge_request_event", "external_pull_request_event", "parent_pipeline"})
    void mergeRequestAtGitLab_isDenied(String source) {
        Map<String, Object> claims = Issuers.gitlab();
        ApiTrust trust = new ApiTrust("git", String.valueOf(claims.get("sub")), Issuers.AUDIENCE);
        claims.put("pipeline_source", "schedule");
        assertThat(decide(trust, Issuers.GITLAB_OWN, claims).allowed()).isTrue();
        claims.put("pipeline_source", source);
        denied(Cause.NO_PERMIT, decide(trust, Issuers.GITLAB_OWN, claims));
    }

    @Test
    void unprotectedRefAtGitLab_isDenied() {
        Map<String, Object> claims = Issuers.gitlab();
        ApiTrust trust = new ApiTrust("git", String.valueOf(claims.get("sub")), Issuers.AUDIENCE);
        assertThat(decide(trust, Issuers.GITLAB_OWN, claims).allowed()).isTrue();
        claims.put("ref_protected", "false");
        denied(Cause.NO_PERMIT, decide(trust, Issuers.GITLAB_OWN, claims));
    }

    @Test
    void forbidOfTheTrustPolicies_holdsForIt() {
        forbids =
                """
                @id("frozen") forbid (principal is Workload::GitHubActions, action == Pdp::Action::"assume", resource)
                when { principal.repository_owner_id == "123456" };
                """;
        denied(Cause.FORBIDDEN, decide(Issuers.github()));
    }

    @Test
    void forbidForAnotherWorkload_doesNot() {
        forbids =
                """
                @id("frozen") forbid (principal is Workload::GitHubActions, action == Pdp::Action::"assume", resource)
                when { principal.repository_owner_id == "999" };
                """;
        assertThat(decide(Issuers.github()).allowed()).isTrue();
    }

    @Test
    void forbidThatCannotBeDecided_holdsForIt() {
        forbids =
                """
                @id("inside") forbid (principal, action == Pdp::Action::"assume", resource)
                when { context has source_ip && context.source_ip.isLoopback() };
                """;
        denied(Cause.ATTRIBUTE_UNAVAILABLE, decide(Issuers.github()));
    }

    @Test
    void forbidThatErrs_neverAllows() {
        forbids =
                """
                @id("errs") forbid (principal is Workload::GitHubActions, action == Pdp::Action::"assume", resource)
                when { context.time.offset(duration("9223372036854775807ms")) > context.time };
                """;
        assertThat(decide(Issuers.github()).allowed()).isFalse();
    }
}
