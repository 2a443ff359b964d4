package io.quay.pdp.federation;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Issuers of every kind, and the claims of a token of each as its platform writes them.
public final class Issuers {
    public static final String AUDIENCE = "https://pdp.example.com";
    public static final Instant NOW = Instant.ofEpochSecond(1_795_371_420);
    public static final Issuer GITHUB =
            issuer(
                    "github",
                    IssuerKind.GITHUB_ACTIONS,
                    "https://token.actions.githubusercontent.com");
    public static final Issuer GITHUB_SERVER =
            issuer("ghes", IssuerKind.GITHUB_ACTIONS, "https://github.example.com/_services/token");
    public static final Issuer GITLAB = issuer("gitlab", IssuerKind.GITLAB, "https://gitlab.com");
    public static final Issuer GITLAB_OWN =
            issuer("git", IssuerKind.GITLAB, "https://git.example.com");
    public static final Issuer MESH = issuer("mesh", IssuerKind.SPIFFE, "spiffe://example.org");
    public static final Issuer CLUSTER =
            issuer("prod", IssuerKind.KUBERNETES, "https://kubernetes.default.svc.cluster.local");

    private Issuers() {}

    public static Issuer issuer(String name, IssuerKind kind, String issuer) {
        return new Issuer(
                name,
                kind,
                issuer,
                AUDIENCE,
                new Issuer.KeySource.JwksFile(Path.of("keys.json")),
                kind.algorithms(),
                kind.maxLifetime(),
                kind.maxLifetime(),
                Duration.ofSeconds(60),
                kind.replay(),
                false);
    }

    public static TokenVerifier.Verification.Verified verified(
            Issuer issuer, Map<String, Object> claims) {
        return new TokenVerifier.Verification.Verified(
                issuer, claims, NOW, NOW.plusSeconds(300), "00");
    }

    /// A push to main of acme/app, with a `sub` of the format that has ids.
    public static Map<String, Object> github() {
        Map<String, Object> claims = registered(GITHUB, 300);
        claims.put("nbf", NOW.getEpochSecond() - 608);
        claims.put("sub", "repo:acme@123456/app@456789:ref:refs/heads/main");
        claims.put("aud", AUDIENCE);
        claims.put("ref", "refs/heads/main");
        claims.put("sha", "f1d2d2f924e986ac86fdf7b36c94bcdf32beec15");
        claims.put("repository", "acme/app");
        claims.put("repository_id", "456789");
        claims.put("repository_owner", "acme");
        claims.put("repository_owner_id", "123456");
        claims.put("repository_visibility", "private");
        claims.put("run_id", "9876543210");
        claims.put("run_number", "42");
        claims.put("run_attempt", "1");
        claims.put("check_run_id", "77");
        claims.put("actor", "sample");
        claims.put("actor_id", "1");
        claims.put("workflow", "audit");
        claims.put("workflow_ref", "acme/app/.github/workflows/audit.yml@refs/heads/main");
        claims.put("job_workflow_ref", "acme/shared/.github/workflows/sts.yml@refs/tags/v3");
        claims.put("event_name", "push");
        claims.put("ref_type", "branch");
        claims.put("ref_protected", "true");
        claims.put("head_ref", "");
        claims.put("base_ref", "");
        claims.put("runner_environment", "github-hosted");
        claims.put("repo_property_env_tier", "production");
        return claims;
    }

    /// A job on the protected branch main of acme/platform/app.
    public static Map<String, Object> gitlab() {
        Map<String, Object> claims = registered(GITLAB, 3600);
        claims.put("sub", "project_path:acme/platform/app:ref_type:branch:ref:main");
        claims.put("aud", AUDIENCE);
        claims.put("namespace_id", "72");
        claims.put("namespace_path", "acme/platform");
        claims.put("project_id", "20");
        claims.put("project_path", "acme/platform/app");
        claims.put("project_visibility", "private");
        claims.put("user_id", "1");
        claims.put("user_login", "sample");
        claims.put("user_email", "sample@example.com");
        claims.put("user_access_level", "developer");
        claims.put("pipeline_id", "574");
        claims.put("pipeline_source", "push");
        claims.put("job_id", "302");
        claims.put("ref", "main");
        claims.put("ref_type", "branch");
        claims.put("ref_path", "refs/heads/main");
        claims.put("ref_protected", "true");
        claims.put("environment", "production");
        claims.put("environment_protected", "true");
        claims.put("runner_id", 1L);
        claims.put("runner_environment", "gitlab-hosted");
        claims.put("sha", "714a629c0b401fdce83e847fc9589983fc6f46bc");
        claims.put("job_project_id", "20");
        claims.put("job_project_path", "acme/platform/app");
        claims.put("job_namespace_id", "72");
        claims.put("job_namespace_path", "acme/platform");
        return claims;
    }

    /// What a SPIRE agent hands out: neither `iss`, nor `nbf`, nor `jti`.
    public static Map<String, Object> svid() {
        Map<String, Object> claims = registered(MESH, 300);
        claims.keySet().retainAll(List.of("exp", "iat"));
        claims.put("sub", "spiffe://example.org/ns/audit/sa/auditor");
        claims.put("aud", List.of(AUDIENCE));
        return claims;
    }

    public static Map<String, Object> kubernetes() {
        Map<String, Object> claims = registered(CLUSTER, 3600);
        claims.put("sub", "system:serviceaccount:ci:terraform");
        claims.put("aud", List.of(AUDIENCE));
        claims.put(
                "kubernetes.io",
                Map.of(
                        "namespace",
                        "ci",
                        "pod",
                        Map.of("name", "runner-0", "uid", "p-1"),
                        "serviceaccount",
                        Map.of("name", "terraform", "uid", "u-1")));
        return claims;
    }

    private static Map<String, Object> registered(Issuer issuer, long lifetime) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", issuer.issuer());
        claims.put("jti", "6f4762ed-0758-4ccb-808d-ee3af5d723a8");
        claims.put("iat", NOW.getEpochSecond() - 8);
        claims.put("exp", NOW.getEpochSecond() - 8 + lifetime);
        return claims;
    }
}
