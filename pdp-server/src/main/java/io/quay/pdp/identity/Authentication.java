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
/// @param credential the id of the account's credential behind it; null for federated proofs
/// @param tokenId the `jti` of the access token of ours that was shown; null for other proofs
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

    /// A workload token of a registered issuer, shown as it is.
    public static Authentication federated(
            String issuer, EntityRef workload, @Nullable Instant issuedAt) {
        return new Authentication(Method.FEDERATED, issuer, workload, issuedAt, null, null, null);
    }

    public Authentication {
        scopes = scopes == null ? null : Set.copyOf(scopes);
    }
}
