package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Workload;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The claims of a GitLab CI ID token. Its ids and truths are texts, but for `runner_id`.
///
/// `project_*` and `namespace_*` are those of the pipeline; `job_project_*` and `job_namespace_*`,
/// which newer versions have, those of the job's own code. They differ where a merge request of a
/// fork runs in the project that it is for: such a token speaks for neither and is refused.
final class GitLabClaims {
    private static final Pattern ID = Pattern.compile("[0-9]{1,20}");
    private static final Pattern PATH = Pattern.compile("[^\\s/:]+(/[^\\s/:]+)+");
    private static final Pattern NAMESPACE = Pattern.compile("[^\\s/:]+(/[^\\s/:]+)*");
    private static final Pattern WORD = Pattern.compile("[a-z0-9_]{1,64}");

    private static final List<String> OPTIONAL =
            List.of(
                    "ref_path",
                    "environment",
                    "environment_action",
                    "deployment_tier",
                    "project_visibility",
                    "runner_environment",
                    "sha",
                    "ci_config_ref_uri",
                    "ci_config_sha",
                    "user_login",
                    "user_access_level");

    private GitLabClaims() {}

    static Workload workload(Verified token) throws ClaimException {
        ClaimReader claims = new ClaimReader(token.claims());
        String project = claims.text("project_path", PATH);
        String namespace = claims.text("namespace_path", NAMESPACE);
        if (project.lastIndexOf('/') != namespace.length() || !project.startsWith(namespace)) {
            throw contradiction("project_path and namespace_path");
        }
        for (String claim :
                List.of("project_id", "project_path", "namespace_id", "namespace_path")) {
            String job = claims.optionalText("job_" + claim);
            if (job != null && !job.equals(claims.text(claim))) {
                throw contradiction(claim + " and job_" + claim);
            }
        }
        String subject = claims.text("sub");
        compare(subject, project, claims);
        String issuer = token.issuer().name();
        Attributes attributes =
                new Attributes()
                        .add("issuer", issuer)
                        .add("subject", subject)
                        .add("project_id", claims.text("project_id", ID))
                        .add("project_path", project)
                        .add("namespace_id", claims.text("namespace_id", ID))
                        .add("namespace_path", namespace)
                        .add("ref", claims.text("ref"))
                        .add("ref_type", claims.text("ref_type", WORD))
                        .add("ref_protected", claims.truth("ref_protected"))
                        .add("environment_protected", claims.optionalTruth("environment_protected"))
                        .add("pipeline_id", claims.text("pipeline_id", ID))
                        .add("pipeline_source", claims.text("pipeline_source", WORD))
                        .add("job_id", claims.text("job_id", ID))
                        .add("user_id", claims.optionalText("user_id", ID))
                        .add("runner_id", claims.optionalWhole("runner_id"));
        for (String claim : OPTIONAL) {
            attributes.add(claim, claims.optionalText(claim));
        }
        return new Workload(
                new EntityRef(token.issuer().kind().entityType(), issuer + "/" + subject),
                attributes.values(),
                Map.of(),
                claims.run("job_id", "pipeline_id", "jti"));
    }

    /// A `sub` that names its project, type of ref or ref as the default does must agree with the
    /// claims; projects can leave parts out.
    private static void compare(String subject, String project, ClaimReader claims)
            throws ClaimException {
        String prefix = "project_path:" + project;
        if (!subject.startsWith("project_path:")) {
            return;
        }
        if (!subject.equals(prefix) && !subject.startsWith(prefix + ":")) {
            throw contradiction("sub and project_path");
        }
        String ref = ":ref_type:" + claims.text("ref_type") + ":ref:" + claims.text("ref");
        String rest = subject.substring(prefix.length());
        if (rest.startsWith(":ref_type:")
                && rest.contains(":ref:")
                && !rest.equals(ref)
                && !rest.startsWith(ref + ":")) {
            throw contradiction("sub and ref");
        }
    }

    private static ClaimException contradiction(String claims) {
        return new ClaimException(Cause.CONTRADICTING_CLAIMS, "claims " + claims + " do not agree");
    }
}
