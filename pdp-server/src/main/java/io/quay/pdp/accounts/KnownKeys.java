package io.quay.pdp.accounts;

/// The port to public keys that are some issuer's or our own: no account may prove itself with
/// them. Implementations are safe for use by any number of threads.
public interface KnownKeys {
    /// @param thumbprint SHA-256, in base64url (RFC 7638)
    boolean isOurs(String thumbprint);
}
