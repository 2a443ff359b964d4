package io.quay.pdp.federation;

import io.quay.pdp.federation.TokenVerifier.Reason;
import io.quay.pdp.federation.TokenVerifier.Verification.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The registered claims of a token, each of exactly its type (RFC 7519 §4.1). Nothing is
/// converted: a number is no string, a string is no number. The server and the policy tests judge
/// by the same ones.
///
/// @param issuedAt null = the token has no `iat`, which only a JWT-SVID may lack
/// @param notBefore null = the token has no `nbf`
public record TokenClaims(
        List<?> audience,
        @Nullable Instant issuedAt,
        Instant expiresAt,
        @Nullable Instant notBefore) {
    private static final long MAX_SECONDS = 1L << 40;

    /// What came of the check.
    public sealed interface Checked {
        /// @param issuedAt of a token that does not say, the earliest moment that its end and the
        ///   issuer's longest lifetime leave
        record Sound(Instant issuedAt, Instant expiresAt) implements Checked {}

        record Unsound(Rejected rejected) implements Checked {}
    }

    /// Caught once, in [#check].
    private static final class UnsoundException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Rejected rejected;

        UnsoundException(Reason reason, String detail) {
            super(detail, null, false, false);
            this.rejected = new Rejected(reason, detail);
        }
    }

    /// Types, then times, then the audience.
    public static Checked check(
            Issuer issuer, Map<String, ? extends @Nullable Object> claims, Instant now) {
        try {
            return read(issuer.kind(), claims).check(issuer, now);
        } catch (UnsoundException e) {
            return new Checked.Unsound(e.rejected);
        }
    }

    private static TokenClaims read(IssuerKind kind, Map<String, ? extends @Nullable Object> claims)
            throws UnsoundException {
        if (text(claims, "sub").isEmpty()) {
            throw malformed("claim sub is empty");
        }
        if (claims.containsKey("cnf")) {
            // RFC 7800 §3.1: it is worth nothing without the proof, which nobody shows here
            throw malformed(
                    "claim cnf binds the token to a key whose possession is not proved here");
        }
        if (claims.containsKey("jti")) {
            var _ = text(claims, "jti");
        }
        boolean undated = kind == IssuerKind.SPIFFE && !claims.containsKey("iat");
        Instant notBefore = claims.containsKey("nbf") ? moment(claims, "nbf") : null;
        return new TokenClaims(
                audience(claims),
                undated ? null : moment(claims, "iat"),
                moment(claims, "exp"),
                notBefore);
    }

    private Checked check(Issuer issuer, Instant now) throws UnsoundException {
        Duration leeway = issuer.leeway();
        // RFC 7519 §4.1.4: at the moment of `exp` the token is over already.
        if (!now.isBefore(expiresAt.plus(leeway))) {
            throw new UnsoundException(Reason.EXPIRED, "claim exp has passed");
        }
        if (notBefore != null && now.isBefore(notBefore.minus(leeway))) {
            throw new UnsoundException(Reason.NOT_YET_VALID, "claim nbf is in the future");
        }
        Instant issued = issuedAt == null ? earliestIssue(issuer, now) : checkedIssue(issuer, now);
        if (Duration.between(issued, now).compareTo(issuer.maxAge()) > 0) {
            throw new UnsoundException(Reason.EXPIRED, "issued longer ago than the issuer's limit");
        }
        // A token for two audiences can be replayed by the other one: ours must be alone.
        if (audience.size() != 1 || !issuer.audience().equals(audience.getFirst())) {
            throw new UnsoundException(
                    Reason.WRONG_AUDIENCE, "claim aud is not the issuer's audience alone");
        }
        return new Checked.Sound(issued, expiresAt);
    }

    private Instant earliestIssue(Issuer issuer, Instant now) throws UnsoundException {
        if (Duration.between(now, expiresAt).compareTo(issuer.maxLifetime()) > 0) {
            throw new UnsoundException(
                    Reason.LIFETIME_TOO_LONG, "claim exp is above the issuer's ceiling from now");
        }
        return expiresAt.minus(issuer.maxLifetime());
    }

    private Instant checkedIssue(Issuer issuer, Instant now) throws UnsoundException {
        Instant issued = java.util.Objects.requireNonNull(issuedAt);
        if (now.isBefore(issued.minus(issuer.leeway()))) {
            throw new UnsoundException(Reason.NOT_YET_VALID, "claim iat is in the future");
        }
        Duration lifetime = Duration.between(issued, expiresAt);
        if (!lifetime.isPositive()) {
            throw malformed("claim exp is not after iat");
        }
        if (lifetime.compareTo(issuer.maxLifetime()) > 0) {
            throw new UnsoundException(
                    Reason.LIFETIME_TOO_LONG, "exp - iat is above the issuer's ceiling");
        }
        return issued;
    }

    /// A string or an array of strings (RFC 7519 §4.1.3).
    private static List<?> audience(Map<String, ? extends @Nullable Object> claims)
            throws UnsoundException {
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

    private static String text(Map<String, ? extends @Nullable Object> claims, String name)
            throws UnsoundException {
        if (required(claims, name) instanceof String text) {
            return text;
        }
        throw malformed("claim " + name + " is no string");
    }

    private static Instant moment(Map<String, ? extends @Nullable Object> claims, String name)
            throws UnsoundException {
        if (required(claims, name) instanceof Long seconds
                && seconds >= 0
                && seconds <= MAX_SECONDS) {
            return Instant.ofEpochSecond(seconds);
        }
        throw malformed("claim " + name + " is no integer from 0 to 2^40");
    }

    private static Object required(Map<String, ? extends @Nullable Object> claims, String name)
            throws UnsoundException {
        Object value = claims.get(name);
        if (value != null) {
            return value;
        }
        if (claims.containsKey(name)) {
            throw malformed("claim " + name + " is null");
        }
        throw new UnsoundException(Reason.MISSING_CLAIM, "claim " + name + " is missing");
    }

    private static UnsoundException malformed(String detail) {
        return new UnsoundException(Reason.MALFORMED, detail);
    }
}
