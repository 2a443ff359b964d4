package io.quay.pdp.federation;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The port to token verification. Implementations are safe for use by any number of threads.
public interface TokenVerifier {
    /// Verifies a workload token against the registered issuers, cheap refusals first and the
    /// network last: no request is ever sent for an issuer that is not in the list.
    ///
    /// @param issuers the enabled issuers; several may have the same `iss` (two clusters), told
    ///   apart by their keys
    Verification verify(String token, List<Issuer> issuers, Instant now);

    sealed interface Verification {
        /// Signature, times, audience and lifetime hold.
        ///
        /// @param claims as parsed: String, Long, Double, Boolean, List, Map
        /// @param tokenHash SHA-256 of the token, in hex
        record Verified(
                Issuer issuer,
                Map<String, Object> claims,
                Instant issuedAt,
                Instant expiresAt,
                String tokenHash)
                implements Verification {
            public Verified {
                claims = Map.copyOf(claims);
            }
        }

        /// The token is refused.
        ///
        /// @param detail for the audit, never for the caller; holds no part of the token but names
        ///   of claims and headers
        record Rejected(Reason reason, String detail) implements Verification {}
    }

    enum Reason {
        MALFORMED,
        UNKNOWN_ISSUER,
        ALGORITHM_NOT_ALLOWED,
        NO_MATCHING_KEY,
        BAD_SIGNATURE,
        EXPIRED,
        NOT_YET_VALID,
        WRONG_AUDIENCE,
        LIFETIME_TOO_LONG,
        MISSING_CLAIM,
        /// The issuer's keys cannot be had and none are kept. A retry may succeed.
        KEYS_UNAVAILABLE
    }
}
