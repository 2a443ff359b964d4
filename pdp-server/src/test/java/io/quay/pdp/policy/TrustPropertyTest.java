package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.Issuers;
import io.quay.pdp.identity.ServiceAccount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose tokens a trust rule matches, and that names alone never suffice.
class TrustPropertyTest {
    private static final String ISSUERS =
            """
            issuers:
              - {name: github, kind: github_actions, issuer: "https://token.actions.githubusercontent.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
              - {name: gitlab, kind: gitlab, issuer: "https://gitlab.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
              - {name: prod, kind: kubernetes, issuer: "https://kubernetes.default.svc.cluster.local", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
              - {name: own, kind: oidc, issuer: "https://id.example.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
              - {name: mesh, kind: spiffe, trust_domain: example.org, audience: "https://pdp.example.com", keys: {bundle_file: keys.json}}
            """;
    private static final List<String> NAMES =
            List.of(
                    "acme",
                    "acme-evil",
                    "acm",
                    "acme2",
                    "evil-acme",
                    "Acme",
                    "acme_",
                    "a",
                    "xacme");

    private record Repository(String owner, int ownerId, String name, int id) {
        String fullName() {
            return owner + "/" + name;
        }
    }

    @TempDir private Path directory;
    private final Random random = new Random(20_261_123);
    private TestRepository repository = TestRepository.quay(Path.of("."));

    @BeforeEach
    void write() {
        repository =
                TestRepository.quay(directory)
                        .with("keys.json", "{\"keys\": []}")
                        .with("issuers.yaml", ISSUERS)
                        .withAccounts("svc-a");
    }

    private Snapshot trusting(String kind, String condition) {
        return repository
                .with(
                        "trust/t.cedar",
                        "@id(\"t\") permit (principal is Workload::"
                                + kind
                                + ", action == Pdp::Action::\"assume\", resource == Quay::ServiceAccount::\"svc-a\") when { "
                                + condition
                                + " };")
                .load();
    }

    private static boolean matches(Snapshot snapshot, Issuer issuer, Map<String, Object> claims) {
        return switch (ClaimMapper.map(Issuers.verified(issuer, claims))) {
            case ClaimMapper.Outcome.Refused _ -> false;
            case ClaimMapper.Outcome.Mapped(var workload) -> {
                ServiceAccount account = snapshot.accounts().find("svc-a").orElseThrow();
                yield TrustDecision.decide(snapshot, workload, account, Issuers.NOW).allowed();
            }
        };
    }

    private Repository any() {
        return new Repository(
                NAMES.get(random.nextInt(NAMES.size())),
                random.nextInt(1, 30),
                NAMES.get(random.nextInt(NAMES.size())),
                random.nextInt(1, 30));
    }

    private static Map<String, Object> github(Repository of, boolean ids) {
        Map<String, Object> claims = Issuers.github();
        claims.put("repository", of.fullName());
        claims.put("repository_id", "" + of.id());
        claims.put("repository_owner", of.owner());
        claims.put("repository_owner_id", "" + of.ownerId());
        claims.put(
                "sub",
                (ids
                                ? "repo:%s@%d/%s@%d"
                                        .formatted(of.owner(), of.ownerId(), of.name(), of.id())
                                : "repo:" + of.fullName())
                        + ":ref:refs/heads/main");
        return claims;
    }

    @Test
    void ruleForOneRepository_neverMatchesAnotherOnesToken() {
        for (int rule = 0; rule < 40; rule++) {
            Repository trusted = any();
            String common =
                    "principal.issuer == \"github\" && principal.event_name == \"push\" && ";
            String pin =
                    switch (rule % 3) {
                        case 0 ->
                                "principal.repository_id == \"%d\" && principal.repository_owner_id == \"%d\" && principal.repository == \"%s\""
                                        .formatted(
                                                trusted.id(),
                                                trusted.ownerId(),
                                                trusted.fullName());
                        case 1 ->
                                "principal.subject == \"" + github(trusted, true).get("sub") + "\"";
                        default ->
                                "principal.repository_id == \"%d\" && principal.repository_owner_id == \"%d\" && principal.subject like \"repo:%s@%d/%s@%d:*\""
                                        .formatted(
                                                trusted.id(),
                                                trusted.ownerId(),
                                                trusted.owner(),
                                                trusted.ownerId(),
                                                trusted.name(),
                                                trusted.id());
                    };
            Snapshot snapshot = trusting("GitHubActions", common + pin);
            assertThat(matches(snapshot, Issuers.GITHUB, github(trusted, true))).isTrue();
            for (int token = 0; token < 50; token++) {
                Repository other = any();
                assertThat(matches(snapshot, Issuers.GITHUB, github(other, random.nextBoolean())))
                        .as("rule for %s, token of %s", trusted, other)
                        .satisfies(matched -> {
                            if (matched) {
                                assertThat(other).isEqualTo(trusted);
                            }
                        });
            }
        }
    }

    @Test
    void githubOwnerRecycling_sameNamesOtherIds_isRefused() {
        Snapshot snapshot =
                trusting(
                        "GitHubActions",
                        "principal.issuer == \"github\" && principal.repository_id == \"7\" && principal.event_name == \"push\"");
        Repository first = new Repository("acme", 3, "app", 7);
        assertThat(matches(snapshot, Issuers.GITHUB, github(first, false))).isTrue();
        Repository recycled = new Repository("acme", 4, "app", 8);
        assertThat(matches(snapshot, Issuers.GITHUB, github(recycled, false))).isFalse();
        assertThat(matches(snapshot, Issuers.GITHUB, github(recycled, true))).isFalse();
    }

    @Test
    void githubRename_sameIdsOtherNames_isAccepted() {
        Snapshot snapshot =
                trusting(
                        "GitHubActions",
                        "principal.issuer == \"github\" && principal.repository_id == \"7\" && principal.event_name == \"push\"");
        assertThat(
                        matches(
                                snapshot,
                                Issuers.GITHUB,
                                github(new Repository("acme-corp", 3, "shop", 7), true)))
                .isTrue();
    }

    @Test
    void githubPullRequestTarget_withTheBaseBranchsRef_isRefused() {
        Snapshot snapshot =
                trusting(
                        "GitHubActions",
                        "principal.issuer == \"github\" && principal.repository_id == \"456789\" && principal.ref == \"refs/heads/main\" && principal.event_name == \"push\"");
        Map<String, Object> claims = Issuers.github();
        assertThat(matches(snapshot, Issuers.GITHUB, claims)).isTrue();
        claims.put("event_name", "pull_request_target");
        assertThat(matches(snapshot, Issuers.GITHUB, claims)).isFalse();
    }

    @Test
    void githubReusableWorkflow_calledFromAnotherRepository_isToldApart() {
        Snapshot snapshot =
                trusting(
                        "GitHubActions",
                        "principal.issuer == \"github\" && principal.repository_owner_id == \"123456\" && principal.event_name == \"push\" && principal has job_workflow_ref && principal.job_workflow_ref == \"acme/shared/.github/workflows/sts.yml@refs/tags/v3\"");
        Map<String, Object> claims = Issuers.github();
        assertThat(matches(snapshot, Issuers.GITHUB, claims)).isTrue();
        claims.put("workflow_ref", claims.get("job_workflow_ref"));
        claims.put("job_workflow_ref", "acme/app/.github/workflows/audit.yml@refs/heads/main");
        assertThat(matches(snapshot, Issuers.GITHUB, claims)).isFalse();
    }

    @Test
    void gitlabNamespaceRecycling_samePathsOtherIds_isRefused() {
        Snapshot snapshot =
                trusting(
                        "GitLab",
                        "principal.issuer == \"gitlab\" && principal.project_id == \"20\" && principal.project_path == \"acme/platform/app\" && principal.ref_protected && principal.pipeline_source == \"push\"");
        Map<String, Object> claims = Issuers.gitlab();
        assertThat(matches(snapshot, Issuers.GITLAB, claims)).isTrue();
        claims.put("project_id", "21");
        claims.put("job_project_id", "21");
        claims.put("namespace_id", "73");
        claims.put("job_namespace_id", "73");
        assertThat(matches(snapshot, Issuers.GITLAB, claims)).isFalse();
    }

    @Test
    void gitlabRename_sameIdsOtherPaths_isAccepted() {
        Snapshot snapshot =
                trusting(
                        "GitLab",
                        "principal.issuer == \"gitlab\" && principal.project_id == \"20\" && principal.ref_protected && principal.pipeline_source == \"push\"");
        Map<String, Object> claims = Issuers.gitlab();
        claims.put("project_path", "acme-corp/shop");
        claims.put("namespace_path", "acme-corp");
        claims.put("job_project_path", "acme-corp/shop");
        claims.put("job_namespace_path", "acme-corp");
        claims.put("sub", "project_path:acme-corp/shop:ref_type:branch:ref:main");
        assertThat(matches(snapshot, Issuers.GITLAB, claims)).isTrue();
    }

    @Test
    void kubernetesServiceAccountMadeAnew_sameNameOtherUid_isRefused() {
        Snapshot snapshot =
                trusting(
                        "Kubernetes",
                        "principal.issuer == \"prod\" && principal.namespace == \"ci\" && principal.service_account == \"terraform\" && principal.uid == \"u-1\"");
        Map<String, Object> claims = Issuers.kubernetes();
        assertThat(matches(snapshot, Issuers.CLUSTER, claims)).isTrue();
        claims.put(
                "kubernetes.io",
                Map.of(
                        "namespace",
                        "ci",
                        "serviceaccount",
                        Map.of("name", "terraform", "uid", "u-2")));
        assertThat(matches(snapshot, Issuers.CLUSTER, claims)).isFalse();
    }

    /// The same letters to the eye: composed and decomposed, Latin and Cyrillic, other case, a line
    /// break behind.
    @ParameterizedTest
    @ValueSource(
            strings = {"cafe\u0301", "c\u0430f\u00e9", "Caf\u00e9", "caf\u00e9\n", "caf\u00e9 "})
    void subjectThatOnlyLooksTheSame_isRefused(String subject) {
        Snapshot snapshot =
                trusting(
                        "Oidc",
                        "principal.issuer == \"own\" && principal.subject == \"caf\u00e9\"");
        Issuer own = Issuers.issuer("own", IssuerKind.OIDC, "https://id.example.com");
        Map<String, Object> claims = Issuers.svid();
        claims.put("iss", own.issuer());
        claims.put("sub", "caf\u00e9");
        assertThat(matches(snapshot, own, claims)).isTrue();
        claims.put("sub", subject);
        assertThat(matches(snapshot, own, claims)).isFalse();
    }

    /// `|` is a letter here, and nothing of a pattern escapes its ends.
    @Test
    void octoStsAlternation_matchesNeitherSide() {
        Snapshot snapshot =
                trusting(
                        "GitHubActions",
                        "principal.issuer == \"github\" && principal.repository_id == \"456789\" && principal.event_name == \"push\" && principal.ref like \"refs/heads/a|refs/heads/b/*\"");
        for (String ref :
                List.of(
                        "refs/heads/a",
                        "refs/heads/b/x",
                        "xrefs/heads/a",
                        "refs/heads/b/x\n",
                        "refs/heads/ax")) {
            assertThat(matches(snapshot, Issuers.GITHUB, onBranch(ref))).as(ref).isFalse();
        }
        assertThat(matches(snapshot, Issuers.GITHUB, onBranch("refs/heads/a|refs/heads/b/x")))
                .isTrue();
    }

    private static Map<String, Object> onBranch(String ref) {
        Map<String, Object> claims = Issuers.github();
        claims.put("ref", ref);
        claims.put("sub", "repo:acme@123456/app@456789:ref:" + ref);
        return claims;
    }

    @Test
    void gitlabForkMergeRequest_withTheTargetsClaims_isRefused() {
        Snapshot snapshot =
                trusting(
                        "GitLab",
                        "principal.issuer == \"gitlab\" && principal.project_id == \"20\" && principal.ref_protected && principal.pipeline_source == \"push\"");
        Map<String, Object> claims = Issuers.gitlab();
        claims.put("job_project_id", "99");
        assertThat(matches(snapshot, Issuers.GITLAB, claims)).isFalse();
    }

    @Test
    void spiffePattern_stopsAtItsDelimiter() {
        Snapshot snapshot =
                trusting(
                        "Spiffe",
                        "principal.issuer == \"mesh\" && principal.path like \"/ns/audit/*\"");
        List<String> let = new ArrayList<>();
        for (String path :
                List.of("/ns/audit/sa/a", "/ns/audit-evil/sa/a", "/ns/audit", "/x/ns/audit/a")) {
            Map<String, Object> claims = Issuers.svid();
            claims.put("sub", "spiffe://example.org" + path);
            if (matches(snapshot, Issuers.MESH, claims)) {
                let.add(path);
            }
        }
        assertThat(let).containsExactly("/ns/audit/sa/a");
    }
}
