package io.quay.pdp.accounts;

import io.quay.pdp.identity.Credential;

/// The port to public keys as callers write them. Implementations are safe for use by any number of
/// threads.
public interface KeyParser {
    /// Reads a JWK (RFC 7517) or a PEM public key or certificate: RSA of at least 2048 bits, P-256,
    /// P-384 or Ed25519.
    ///
    /// @throws UnusableKeyException for any other key, and for a private one
    Credential.Proof.PublicKey parse(String text);

    /// The message says what is wrong with the key and holds no part of it.
    final class UnusableKeyException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        public UnusableKeyException(String message) {
            super(message, null, false, false);
        }
    }
}
