package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The registered claims of a token whose signature holds, each of exactly its type (RFC 7519
/// §4.1). Nothing is converted: a number is no string, a string is no number.
///
/// @param notBefore null = the token has no `nbf`
record TokenClaims(
        List<?> audience, Instant issuedAt, Instant expiresAt, @Nullable Instant notBefore) {
    private static final long MAX_SECONDS = 1L << 40;

    static TokenClaims read(Map<String, @Nullable Object> claims) throws RefusedException {
        if (text(claims, "sub").isEmpty()) {
            throw malformed("claim sub is empty");
        }
        if (claims.containsKey("jti")) {
            var _ = text(claims, "jti");
        }
        Instant notBefore = claims.containsKey("nbf") ? moment(claims, "nbf") : null;
        return new TokenClaims(
                audience(claims), moment(claims, "iat"), moment(claims, "exp"), notBefore);
    }

    /// Times first, then the audience.
    void check(Issuer issuer, Instant now) throws RefusedException {
        Duration leeway = issuer.leeway();
        // RFC 7519 §4.1.4: at the moment of `exp` the token is over already.
        if (!now.isBefore(expiresAt.plus(leeway))) {
            throw new RefusedException(Reason.EXPIRED, "claim exp has passed");
        }
        if (notBefore != null && now.isBefore(notBefore.minus(leeway))) {
            throw new RefusedException(Reason.NOT_YET_VALID, "claim nbf is in the future");
        }
        if (now.isBefore(issuedAt.minus(leeway))) {
            throw new RefusedException(Reason.NOT_YET_VALID, "claim iat is in the future");
        }
        Duration lifetime = Duration.between(issuedAt, expiresAt);
        if (!lifetime.isPositive()) {
            throw malformed("claim exp is not after iat");
        }
        if (lifetime.compareTo(issuer.maxLifetime()) > 0) {
            throw new RefusedException(
                    Reason.LIFETIME_TOO_LONG, "exp - iat is above the issuer's ceiling");
        }
        if (Duration.between(issuedAt, now).compareTo(issuer.maxAge()) > 0) {
            throw new RefusedException(Reason.EXPIRED, "issued longer ago than the issuer's limit");
        }
        // A token for two audiences can be replayed by the other one: ours must be alone.
        if (audience.size() != 1 || !issuer.audience().equals(audience.getFirst())) {
            throw new RefusedException(
                    Reason.WRONG_AUDIENCE, "claim aud is not the issuer's audience alone");
        }
    }

    /// A string or an array of strings (RFC 7519 §4.1.3).
    private static List<?> audience(Map<String, @Nullable Object> claims) throws RefusedException {
        Object audience = required(claims, "aud");
        if (audience instanceof String text) {
            return List.of(text);
        }
        if (audience instanceof List<?> list
                && list.stream().allMatch(element -> element instanceof String)) {
            return List.copyOf(list);
        }
        throw malformed("claim aud is neither a string nor an array of strings");
    }

    private static String text(Map<String, @Nullable Object> claims, String name)
            throws RefusedException {
        if (required(claims, name) instanceof String text) {
            return text;
        }
        throw malformed("claim " + name + " is no string");
    }

    private static Instant moment(Map<String, @Nullable Object> claims, String name)
            throws RefusedException {
        if (required(claims, name) instanceof Long seconds
                && seconds >= 0
                && seconds <= MAX_SECONDS) {
            return Instant.ofEpochSecond(seconds);
        }
        throw malformed("claim " + name + " is no integer from 0 to 2^40");
    }

    private static Object required(Map<String, @Nullable Object> claims, String name)
            throws RefusedException {
        Object value = claims.get(name);
        if (value != null) {
            return value;
        }
        if (claims.containsKey(name)) {
            throw malformed("claim " + name + " is null");
        }
        throw new RefusedException(Reason.MISSING_CLAIM, "claim " + name + " is missing");
    }

    private static RefusedException malformed(String detail) {
        return new RefusedException(Reason.MALFORMED, detail);
    }
}
