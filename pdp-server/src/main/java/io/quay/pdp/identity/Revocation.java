package io.quay.pdp.identity;

import java.time.Instant;

/// Tokens issued before a moment are refused. Kept until the last token that it can concern has
/// expired.
///
/// @param before in milliseconds; tokens issued earlier are refused
public record Revocation(
        String id, Target target, Instant before, String createdBy, Instant createdAt) {
    /// Whose tokens.
    public sealed interface Target {
        /// @param accountId the account's `id`
        record Account(String accountId) implements Target {}

        record Credential(String credentialId) implements Target {}

        /// Tokens that were exchanged for those of a workload issuer.
        ///
        /// @param name as in `issuers.yaml`
        record Issuer(String name) implements Target {}

        /// One token.
        ///
        /// @param tokenId its `jti`
        record Token(String tokenId) implements Target {}

        record Everything() implements Target {}
    }
}
