package io.quay.pdp.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A credential of a service account. Immutable; holds nothing that proves anything by itself.
///
/// @param id stable, never reused
/// @param accountId the account's `id`, not its name
/// @param createdBy the name of the account on whose authority it was made; an account that rotates
///   its own credential adds none
/// @param expiresAt from this moment on it is refused; null = never
/// @param replacedBy the credential that it was rotated to; null = it was not
/// @param ceiling what the account was when somebody of higher authority gave it more than the
///   maker of this credential holds; null = the credential is as strong as the account
/// @param madeWith the id of the credential that its maker used: what that one does not allow, its
///   maker does not hold; null = a workload that trust policies vouch for
/// @param byHighest whether its maker could give anything to anybody: then it never gets a ceiling
public record Credential(
        String id,
        String accountId,
        Proof proof,
        String createdBy,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable String replacedBy,
        @Nullable Ceiling ceiling,
        boolean byHighest,
        @Nullable String madeWith) {

    /// Made by somebody of limited authority.
    public Credential(
            String id,
            String accountId,
            Proof proof,
            String createdBy,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable String replacedBy,
            @Nullable Ceiling ceiling) {
        this(
                id,
                accountId,
                proof,
                createdBy,
                createdAt,
                expiresAt,
                replacedBy,
                ceiling,
                false,
                null);
    }

    /// What its holder must show.
    public sealed interface Proof {
        /// @param sha256 lower-case hex of the SHA-256 of the secret
        record Secret(String sha256) implements Proof {}

        /// @param jwk the public key as a JSON Web Key, public members only (RFC 7517)
        /// @param thumbprint its SHA-256 thumbprint in base64url (RFC 7638)
        record PublicKey(String jwk, String thumbprint) implements Proof {}

        /// A token of exactly this workload; nothing secret is kept anywhere.
        ///
        /// @param issuer the issuer's name in `issuers.yaml`
        /// @param iss the issuer's `iss` when this was made: an issuer that takes over the name
        ///   later is another; empty = not known, so that no token is taken
        /// @param subject the token's `sub`, compared byte for byte
        /// @param audience the audience that the token must have alone; null = the issuer's
        record Federated(String issuer, String iss, String subject, @Nullable String audience)
                implements Proof {}
    }

    public boolean liveAt(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }

    public Credential withCeiling(@Nullable Ceiling other) {
        return new Credential(
                id,
                accountId,
                proof,
                createdBy,
                createdAt,
                expiresAt,
                replacedBy,
                other,
                byHighest,
                madeWith);
    }

    /// The same credential as if the maker of the other one had made it.
    public Credential onAuthorityOf(Credential other) {
        return new Credential(
                id,
                accountId,
                proof,
                other.createdBy,
                createdAt,
                expiresAt,
                replacedBy,
                ceiling,
                other.byHighest,
                other.madeWith);
    }

    public Credential endingAt(Instant end) {
        return new Credential(
                id,
                accountId,
                proof,
                createdBy,
                createdAt,
                end,
                replacedBy,
                ceiling,
                byHighest,
                madeWith);
    }

    /// The same credential on its way out.
    public Credential replacedBy(String successor, Instant end) {
        return new Credential(
                id, accountId, proof, createdBy, createdAt, end, successor, ceiling, byHighest,
                madeWith);
    }
}
