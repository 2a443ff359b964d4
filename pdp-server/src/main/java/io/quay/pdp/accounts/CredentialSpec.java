package io.quay.pdp.accounts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A credential as a caller wants it.
public sealed interface CredentialSpec {
    /// From this moment on it is refused; null = the longest that is allowed without a permit.
    @Nullable Instant expiresAt();

    /// Whether it shall never expire: only where a policy permits.
    boolean never();

    /// A secret that is made here and shown once.
    record NewSecret(@Nullable Instant expiresAt, boolean never) implements CredentialSpec {}

    /// A secret that was made elsewhere, in our format (`pdp secret new`): it never crosses the
    /// wire before its first use.
    ///
    /// @param sha256 of the secret, in hex
    record SecretHash(String sha256, @Nullable Instant expiresAt, boolean never)
            implements CredentialSpec {}

    /// @param key a JWK as JSON text, or PEM
    record PublicKey(String key, @Nullable Instant expiresAt, boolean never)
            implements CredentialSpec {}

    /// A workload that proves itself with tokens of a registered issuer.
    ///
    /// @param issuer the issuer's name in `issuers.yaml`
    /// @param subject the tokens' `sub`
    /// @param audience the tokens' `aud`; null = the one that the issuer is registered with
    record Federated(
            String issuer,
            String subject,
            @Nullable String audience,
            @Nullable Instant expiresAt,
            boolean never)
            implements CredentialSpec {}
}
