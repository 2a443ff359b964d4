package io.quay.pdp.identity;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the principal proved itself.
///
/// @param method the proof, by the word policies read in `context.authentication.method`
/// @param issuer the registered issuer's name, for federated proofs
/// @param workload who the token said the bearer is, for federated proofs
/// @param issuedAt when the credential's token was issued
/// @param scopes the token's scopes; null = the token carries none and is not narrowed
/// @param credential the id of the account's credential behind it; null for workloads that trust
///   policies vouch for
/// @param tokenId what records call the token that was shown: the `jti` of an access token of ours,
///   or `sha256:` and the hash of a workload token; null for other proofs
public record Authentication(
        Method method,
        @Nullable String issuer,
        @Nullable EntityRef workload,
        @Nullable Instant issuedAt,
        @Nullable Set<String> scopes,
        @Nullable String credential,
        @Nullable String tokenId) {

    public enum Method {
        CLIENT_SECRET("client_secret"),
        PRIVATE_KEY_JWT("private_key_jwt"),
        FEDERATED("federated");

        private final String word;

        Method(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    public Authentication {
        scopes = scopes == null ? null : Set.copyOf(scopes);
    }
}
