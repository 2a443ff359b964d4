package io.quay.pdp.federation;

import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says of each claim that a token's kind does not know, once an issuer, that it is there. It is
/// ignored all the same; but a platform that adds a claim may have changed what the others mean.
/// Only for tokens whose signature holds. Safe for use by any number of threads.
final class UnknownClaims {
    private static final Logger LOG = LoggerFactory.getLogger(UnknownClaims.class);

    /// So many are told apart; no issuer has as many.
    private static final int MOST = 1_000;

    private static final Pattern PRINTABLE = Pattern.compile("[!-~]{1,64}");

    private static final Set<String> REGISTERED =
            Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti");

    private static final Set<String> GITHUB =
            Set.of(
                    "actor",
                    "actor_id",
                    "base_ref",
                    "check_run_id",
                    "enterprise",
                    "enterprise_id",
                    "environment",
                    "environment_node_id",
                    "event_name",
                    "head_ref",
                    "issuer_scope",
                    "job_workflow_ref",
                    "job_workflow_sha",
                    "ref",
                    "ref_protected",
                    "ref_type",
                    "repository",
                    "repository_id",
                    "repository_owner",
                    "repository_owner_id",
                    "repository_visibility",
                    "run_attempt",
                    "run_id",
                    "run_number",
                    "runner_environment",
                    "sha",
                    "workflow",
                    "workflow_ref",
                    "workflow_sha");

    private static final Set<String> GITLAB =
            Set.of(
                    "ci_config_ref_uri",
                    "ci_config_sha",
                    "deployment_tier",
                    "environment",
                    "environment_action",
                    "environment_protected",
                    "groups_direct",
                    "job_id",
                    "job_namespace_id",
                    "job_namespace_path",
                    "job_project_id",
                    "job_project_path",
                    "namespace_id",
                    "namespace_path",
                    "pipeline_id",
                    "pipeline_source",
                    "project_id",
                    "project_path",
                    "project_visibility",
                    "ref",
                    "ref_path",
                    "ref_protected",
                    "ref_type",
                    "runner_environment",
                    "runner_id",
                    "sha",
                    "user_access_level",
                    "user_email",
                    "user_id",
                    "user_identities",
                    "user_login");

    private record Seen(String issuer, String claim) {}

    private final Set<Seen> seen = ConcurrentHashMap.newKeySet();

    void report(Verified token) {
        IssuerKind kind = token.issuer().kind();
        for (String claim : token.claims().keySet()) {
            if (!REGISTERED.contains(claim)
                    && !isKnown(kind, claim)
                    && seen.size() < MOST
                    && seen.add(new Seen(token.issuer().name(), claim))) {
                LOG.atWarn()
                        .addKeyValue("issuer", token.issuer().name())
                        .addKeyValue(
                                "claim",
                                PRINTABLE.matcher(claim).matches() ? claim : "(unprintable)")
                        .log("tokens have a claim that their kind does not know; it is ignored");
            }
        }
    }

    private static boolean isKnown(IssuerKind kind, String claim) {
        return switch (kind) {
            case KUBERNETES -> claim.equals("kubernetes.io");
            case SPIFFE -> false;
            // what a repository's owner calls its properties
            case GITHUB_ACTIONS -> GITHUB.contains(claim) || claim.startsWith("repo_property_");
            case GITLAB -> GITLAB.contains(claim);
            // it knows all of them: policies read them as they are
            case OIDC -> true;
        };
    }
}
