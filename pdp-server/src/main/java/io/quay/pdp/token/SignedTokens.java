package io.quay.pdp.token;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The port to signed tokens in compact form (RFC 7515 §7.1). Implementations are safe for use by
/// any number of threads.
public interface SignedTokens {
    /// Takes a token apart: at most 16 KiB, not encrypted, strict JSON, an asymmetric algorithm, no
    /// critical header, an `iss`.
    SignedToken parse(String compact) throws MalformedTokenException;

    /// A token of which nothing is true yet. Immutable.
    interface SignedToken {
        String algorithm();

        @Nullable String kid();

        @Nullable String type();

        /// The names of its header's members.
        Set<String> headers();

        /// String, Long, Double, Boolean, List, Map; members that are null are left out.
        Map<String, Object> claims();

        /// Whether the private half of this key signed it, with an algorithm that fits the key.
        ///
        /// @param publicJwk a public JSON Web Key (RFC 7517)
        boolean signedWith(String publicJwk);
    }
}
