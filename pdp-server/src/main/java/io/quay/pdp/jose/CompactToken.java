package io.quay.pdp.jose;

import com.nimbusds.jose.util.Base64URL;
import io.quay.pdp.federation.TokenVerifier.Reason;
import io.quay.pdp.jose.StrictJson.MalformedException;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A signed token taken apart and not yet verified (RFC 7515 §7.1): nothing in it is true yet.
///
/// Of the header only `alg`, `kid` and `typ` are read. Keys that a token brings along (`jwk`,
/// `jku`, `x5c`, `x5u`) are never looked at.
///
/// @param headers the names of the header's members
/// @param signedText header and claims as sent, which the signature covers (RFC 7515 §5.2)
/// @param issuer the unverified `iss`: a key into the registered issuers and nothing else; null =
///   the token has none
record CompactToken(
        Algorithm algorithm,
        @Nullable String kid,
        @Nullable String type,
        Set<String> headers,
        @Nullable String issuer,
        Map<String, @Nullable Object> claims,
        String signedText,
        Base64URL signature) {
    private static final int MAX_CHARACTERS = 16 * 1024;
    private static final int MAX_NAME = 1024;

    /// Cheap refusals, in this order: size, parts, header, algorithm, claims, issuer.
    static CompactToken parse(String token) throws RefusedException {
        String[] parts = parts(token);
        Map<String, @Nullable Object> header = object(parts[0], "header");
        // No extension is understood here, so none may be critical (RFC 7515 §4.1.11).
        if (header.containsKey("crit")) {
            throw malformed("header crit is refused");
        }
        String kid = name(header, "kid");
        String type = name(header, "typ");
        String alg = name(header, "alg");
        Algorithm algorithm =
                Algorithm.named(alg == null ? "" : alg)
                        .orElseThrow(() ->
                                new RefusedException(
                                        Reason.ALGORITHM_NOT_ALLOWED,
                                        "header alg is no allowed asymmetric algorithm"));
        Map<String, @Nullable Object> claims = object(parts[1], "claims");
        Base64URL signature = Base64URL.encode(decode(parts[2], "signature"));
        String signed = parts[0] + "." + parts[1];
        return new CompactToken(
                algorithm,
                kid,
                type,
                Set.copyOf(header.keySet()),
                issuer(claims),
                claims,
                signed,
                signature);
    }

    private static String[] parts(String token) throws RefusedException {
        if (token.length() > MAX_CHARACTERS) {
            throw malformed("longer than 16 KiB");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length == 5) {
            throw malformed("encrypted tokens (JWE) are refused");
        }
        if (parts.length != 3) {
            throw malformed("not three parts");
        }
        return parts;
    }

    private static @Nullable String issuer(Map<String, @Nullable Object> claims)
            throws RefusedException {
        Object issuer = claims.get("iss");
        if (issuer == null || issuer instanceof String) {
            return (String) issuer;
        }
        throw malformed("claim iss is no string");
    }

    private static @Nullable String name(Map<String, @Nullable Object> header, String member)
            throws RefusedException {
        if (!header.containsKey(member)) {
            return null;
        }
        if (header.get(member) instanceof String text && text.length() <= MAX_NAME) {
            return text;
        }
        throw malformed("header " + member + " is no string of at most 1024 characters");
    }

    private static Map<String, @Nullable Object> object(String part, String what)
            throws RefusedException {
        try {
            return StrictJson.object(decode(part, what));
        } catch (MalformedException e) {
            throw malformed(what + ": " + e.getMessage());
        }
    }

    /// Base64url with one spelling per value (RFC 7515 §2): no padding, and no stray bits in the
    /// last character, which would give one token many hashes.
    private static byte[] decode(String part, String what) throws RefusedException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException _) {
            // refused below
        }
        throw malformed(what + ": not base64url");
    }

    private static RefusedException malformed(String detail) {
        return new RefusedException(Reason.MALFORMED, detail);
    }
}
