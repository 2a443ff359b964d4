package io.quay.pdp.token;

import java.time.Instant;

/// A key pair of the ring as it is kept. Immutable.
///
/// @param kid its SHA-256 thumbprint (RFC 7638)
/// @param algorithm `ES256` or `RS256`
/// @param publicJwk the public key as a JSON Web Key with `use`, `alg` and `kid`
/// @param sealedPrivate the private key, encrypted under the key-encryption key, in base64
/// @param stateSince when it came into its state
public record SigningKey(
        String kid,
        String algorithm,
        State state,
        String publicJwk,
        String sealedPrivate,
        Instant createdAt,
        Instant stateSince) {
    /// A key is published before it signs and verifies after it has signed.
    public enum State {
        NEXT,
        ACTIVE,
        RETIRING
    }

    /// Without key material.
    @Override
    public String toString() {
        return "SigningKey[" + kid + " " + algorithm + " " + state + "]";
    }
}
