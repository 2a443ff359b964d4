package io.quay.pdp.federation;

import org.jspecify.annotations.Nullable;

/// Asks a cluster about one of its tokens after the token was verified here: only the cluster knows
/// that a bound pod or service account is gone. Implementations may be used by any number of
/// threads.
public interface TokenReviewer {
    /// @param issuer one with a [Issuer.Review]
    /// @param token as it was presented, and verified
    Outcome review(Issuer issuer, String token);

    /// What the cluster says.
    sealed interface Outcome {
        /// @param username as `system:serviceaccount:NAMESPACE:NAME`; the caller compares it with
        ///   the token's `sub`
        /// @param uid the service account's; null = the cluster tells none
        record Authenticated(String username, @Nullable String uid) implements Outcome {}

        /// The cluster does not know the token, or not for the issuer's audience.
        ///
        /// @param detail for operators; holds nothing of the token
        record NotAuthenticated(String detail) implements Outcome {}

        /// No answer: never a yes. The token may be tried again later.
        ///
        /// @param detail for operators; holds nothing of the token
        record Unavailable(String detail) implements Outcome {}
    }
}
