package io.quay.pdp.federation;

import java.util.Optional;
import java.util.regex.Pattern;

/// Which subjects can stand for one workload for ever: those that an API credential may name. Trust
/// policies of shared issuers must pin an id that is never given to somebody else; a credential has
/// only the subject to do it with.
public final class FederatedSubjects {
    private static final Pattern GITHUB_IDS =
            Pattern.compile("repo:[^/@:]+@[0-9]+/[^/@:]+@[0-9]+:.+");

    private FederatedSubjects() {}

    /// Why a credential for this subject is none that counts; empty when it is.
    public static Optional<String> objection(Issuer issuer, String subject) {
        return switch (issuer.kind()) {
            case GITHUB_ACTIONS ->
                    GITHUB_IDS.matcher(subject).matches()
                            ? Optional.empty()
                            : Optional.of(
                                    "the subject names the repository without its ids: names are"
                                            + " given to others");
            case GITLAB ->
                    Optional.of(
                            "subjects of GitLab hold names alone, which are given to others: write"
                                    + " a trust policy with project_id");
            case KUBERNETES, SPIFFE, OIDC -> Optional.empty();
        };
    }
}
