package io.quay.pdp.token;

import java.time.Instant;
import java.util.Map;

/// The port to the cryptography of the key ring. Implementations are safe for use by any number of
/// threads.
public interface KeyMaker {
    /// Makes a key pair with its private half sealed.
    ///
    /// @param algorithm `ES256` or `RS256`
    SigningKey generate(String algorithm, SigningKey.State state, Instant now);

    /// Opens the private half.
    ///
    /// @throws IllegalStateException when it does not open, or is not the one of this `kid`
    Signer open(SigningKey key);

    /// Signs with one key. Safe for use by any number of threads.
    interface Signer {
        /// A signed token in compact form (RFC 7515 §7.1).
        ///
        /// @param type its `typ`
        /// @param claims String, Long, List and Map
        String sign(String type, Map<String, Object> claims);
    }
}
