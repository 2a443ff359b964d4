package io.quay.pdp.federation;

import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.Workload;

/// Turns a verified token's claims into the workload that policies see. Pure.
///
/// A typed kind has exactly the attributes written here; a claim that the kind does not know never
/// becomes one.
public final class ClaimMapper {
    private ClaimMapper() {}

    public static Outcome map(Verified token) {
        try {
            return new Outcome.Mapped(
                    switch (token.issuer().kind()) {
                        case KUBERNETES -> KubernetesClaims.workload(token);
                        case SPIFFE -> SpiffeClaims.workload(token);
                        case GITHUB_ACTIONS -> GitHubClaims.workload(token);
                        case GITLAB -> GitLabClaims.workload(token);
                        case OIDC -> OidcClaims.workload(token);
                    });
        } catch (ClaimException e) {
            return e.refused();
        }
    }

    public sealed interface Outcome {
        record Mapped(Workload workload) implements Outcome {}

        /// The claims do not describe a workload of the issuer's kind.
        ///
        /// @param detail for the audit; names claims and holds no value of theirs
        record Refused(Cause cause, String detail) implements Outcome {}
    }

    public enum Cause {
        MISSING_CLAIM,
        MALFORMED_CLAIM,
        /// Two claims that must say the same do not.
        CONTRADICTING_CLAIMS,
        /// A token for the cluster's own API server, which lives in every pod.
        API_SERVER_TOKEN,
        /// A token with the audience that its platform gives to every job unasked.
        DEFAULT_AUDIENCE,
        TOO_MANY_CLAIMS
    }
}
