package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenClaims;
import io.quay.pdp.federation.TokenVerifier.Reason;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.federation.TokenVerifier.Verification.Rejected;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The search for the one issuer, among those with the token's `iss`, whose key made the signature.
/// For one token and one thread.
///
/// All the keys at hand are tried before any are loaded, so that one cluster's tokens neither make
/// a twin with the same `iss` be asked, nor wait for one that is out of reach.
final class KeySearch {
    /// Tokens without `kid` are tried with this many keys at most.
    private static final int MAX_TRIES = 4;

    private final CompactToken token;
    private final String tokenHash;
    private final JwksCache cache;
    private final Instant now;
    private Rejected refusal = new Rejected(Reason.NO_MATCHING_KEY, "no key for header kid");
    private boolean keyFound;

    KeySearch(CompactToken token, String tokenHash, JwksCache cache, Instant now) {
        this.token = token;
        this.tokenHash = tokenHash;
        this.cache = cache;
        this.now = now;
    }

    Verification among(List<Issuer> issuers) {
        Map<Issuer, KeySet> seen = new LinkedHashMap<>();
        for (Issuer issuer : atHandFirst(issuers)) {
            try {
                KeySet keys = cache.keys(issuer);
                seen.put(issuer, keys);
                Verified verified = attempt(issuer, keys);
                if (verified != null) {
                    return verified;
                }
            } catch (KeysUnavailableException e) {
                note(new Rejected(Reason.KEYS_UNAVAILABLE, "issuer's keys: " + e.getMessage()));
            }
        }
        return keyFound ? refusal : amongReloaded(seen);
    }

    private List<Issuer> atHandFirst(List<Issuer> issuers) {
        return issuers.size() < 2
                ? issuers
                : issuers.stream().sorted(Comparator.comparing(cache::waits)).toList();
    }

    private Verification amongReloaded(Map<Issuer, KeySet> seen) {
        for (var entry : seen.entrySet()) {
            KeySet keys = cache.keysAfterUnknown(entry.getKey(), token.kid(), entry.getValue());
            Verified verified = attempt(entry.getKey(), keys);
            if (verified != null) {
                return verified;
            }
        }
        return refusal;
    }

    private @Nullable Verified attempt(Issuer issuer, KeySet keys) {
        List<VerificationKey> candidates = keys.candidates(token.algorithm(), token.kid());
        if (candidates.isEmpty()) {
            return null;
        }
        keyFound = true;
        byte[] signed = token.signedText().getBytes(StandardCharsets.US_ASCII);
        boolean holds =
                candidates.stream()
                        .limit(MAX_TRIES)
                        .anyMatch(
                                key -> key.verifies(token.algorithm(), signed, token.signature()));
        if (!holds) {
            note(new Rejected(Reason.BAD_SIGNATURE, "signature does not hold"));
            return null;
        }
        return switch (TokenClaims.check(issuer, token.claims(), now)) {
            case TokenClaims.Checked.Sound(Instant issuedAt, Instant expiresAt) ->
                    new Verified(
                            issuer,
                            FrozenClaims.of(token.claims()),
                            issuedAt,
                            expiresAt,
                            tokenHash);
            case TokenClaims.Checked.Unsound(Rejected rejected) -> {
                note(rejected);
                yield null;
            }
        };
    }

    /// Of several issuers' refusals the one that got furthest is told.
    private void note(Rejected other) {
        if (progress(other.reason()) > progress(refusal.reason())) {
            refusal = other;
        }
    }

    private static int progress(Reason reason) {
        return switch (reason) {
            case NO_MATCHING_KEY -> 0;
            case BAD_SIGNATURE -> 1;
            case KEYS_UNAVAILABLE -> 2;
            case MALFORMED,
                    UNKNOWN_ISSUER,
                    ALGORITHM_NOT_ALLOWED,
                    EXPIRED,
                    NOT_YET_VALID,
                    WRONG_AUDIENCE,
                    LIFETIME_TOO_LONG,
                    MISSING_CLAIM ->
                    3;
        };
    }
}
