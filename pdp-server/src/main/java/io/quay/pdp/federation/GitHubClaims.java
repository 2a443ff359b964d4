package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The claims of a GitHub Actions token. Its ids and truths are texts.
///
/// `sub` has a template that repositories customise, so what policies read comes from the claims
/// beside it. A `sub` of the default template, in either format, must agree with them.
final class GitHubClaims {
    private static final Pattern ID = Pattern.compile("[0-9]{1,20}");
    private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9_-]{1,100}");
    private static final Pattern REPOSITORY =
            Pattern.compile("[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}");
    private static final Pattern WORD = Pattern.compile("[a-z0-9_]{1,64}");

    private static final List<String> OPTIONAL =
            List.of(
                    "repository_visibility",
                    "ref_type",
                    "head_ref",
                    "base_ref",
                    "sha",
                    "environment",
                    "workflow",
                    "workflow_ref",
                    "workflow_sha",
                    "job_workflow_ref",
                    "job_workflow_sha",
                    "runner_environment",
                    "actor",
                    "run_attempt",
                    "enterprise");

    private GitHubClaims() {}

    static Workload workload(Verified token) throws ClaimException {
        ClaimReader claims = new ClaimReader(token.claims());
        refuseDefaultAudience(token, claims);
        String repository = claims.text("repository", REPOSITORY);
        String owner = claims.text("repository_owner", OWNER);
        if (!repository.startsWith(owner + "/")) {
            throw contradiction("repository and repository_owner");
        }
        String subject = claims.text("sub");
        Optional<GitHubSubject> known = GitHubSubject.parse(subject);
        if (known.isPresent()) {
            compare(known.get(), claims);
        } else if (subject.startsWith("repo:")) {
            throw new ClaimException(
                    Cause.MALFORMED_CLAIM, "claim sub does not name its repository as GitHub does");
        }
        String issuer = token.issuer().name();
        Attributes attributes =
                new Attributes()
                        .add("issuer", issuer)
                        .add("subject", subject)
                        .add("repository", repository)
                        .add("repository_id", claims.text("repository_id", ID))
                        .add("repository_owner", owner)
                        .add("repository_owner_id", claims.text("repository_owner_id", ID))
                        .add("ref", claims.text("ref"))
                        .add("ref_protected", claims.optionalTruth("ref_protected"))
                        .add("event_name", claims.text("event_name", WORD))
                        .add("run_id", claims.text("run_id", ID))
                        .add("actor_id", claims.optionalText("actor_id", ID))
                        .add("enterprise_id", claims.optionalText("enterprise_id", ID));
        for (String claim : OPTIONAL) {
            attributes.add(claim, claims.optionalText(claim));
        }
        return new Workload(
                new EntityRef(token.issuer().kind().entityType(), issuer + "/" + subject),
                attributes.values(),
                Map.of(),
                claims.run("run_id", "run_attempt", "jti"));
    }

    /// Every job gets it without asking, so it says nothing about for whom the token is.
    private static void refuseDefaultAudience(Verified token, ClaimReader claims)
            throws ClaimException {
        String owner = claims.optionalText("repository_owner");
        Object audience = token.claims().get("aud");
        List<?> audiences =
                audience instanceof List<?> list ? list : List.of(audience == null ? "" : audience);
        if (audiences.contains("https://github.com/" + owner)) {
            throw new ClaimException(
                    Cause.DEFAULT_AUDIENCE, "claim aud is the one that GitHub gives unasked");
        }
    }

    private static void compare(GitHubSubject subject, ClaimReader claims) throws ClaimException {
        boolean names =
                claims.text("repository").equals(subject.owner() + "/" + subject.repository());
        boolean ids =
                subject.ownerId() == null
                        || (subject.ownerId().equals(claims.text("repository_owner_id"))
                                && claims.text("repository_id").equals(subject.repositoryId()));
        if (!names || !ids) {
            throw contradiction("sub and repository");
        }
        String context = subject.context();
        if (context.startsWith("ref:") && !says(context, "ref:", claims.text("ref"))) {
            throw contradiction("sub and ref");
        }
        if (context.startsWith("environment:")
                && !says(context, "environment:", claims.optionalText("environment"))) {
            throw contradiction("sub and environment");
        }
        if (context.equals("pull_request") && !claims.text("event_name").startsWith(context)) {
            throw contradiction("sub and event_name");
        }
    }

    /// Whether the value after the word is this one, alone or before further members of a template
    /// that was lengthened.
    private static boolean says(String context, String word, @Nullable String value) {
        if (value == null) {
            return false;
        }
        String member = word + value.replace(":", "%3A");
        return context.equals(member) || context.startsWith(member + ":");
    }

    private static ClaimException contradiction(String claims) {
        return new ClaimException(Cause.CONTRADICTING_CLAIMS, "claims " + claims + " do not agree");
    }
}
