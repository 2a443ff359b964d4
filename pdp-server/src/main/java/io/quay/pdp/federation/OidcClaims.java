package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The claims of any OpenID Connect issuer: two attributes, and the other string claims as tags,
/// because their names are open.
///
/// Too much is refused rather than cut: a policy that forbids by a tag must not lose it.
final class OidcClaims {
    private static final int MAX_TAGS = 64;
    private static final int MAX_BYTES = 2 * 1024;

    /// RFC 7519 §4.1: what these say is checked already, or is an attribute.
    private static final Set<String> REGISTERED =
            Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti");

    private OidcClaims() {}

    static Workload workload(Verified token) throws ClaimException {
        if (!(token.claims().get("sub") instanceof String subject) || subject.isEmpty()) {
            throw new ClaimException(Cause.MISSING_CLAIM, "claim sub is missing");
        }
        if (tooLong(subject) || subject.chars().anyMatch(Character::isISOControl)) {
            throw new ClaimException(
                    Cause.MALFORMED_CLAIM, "claim sub is too long or has control characters");
        }
        String issuer = token.issuer().name();
        return new Workload(
                new EntityRef(token.issuer().kind().entityType(), issuer + "/" + subject),
                Map.of("issuer", Value.of(issuer), "subject", Value.of(subject)),
                tags(token.claims()),
                new ClaimReader(token.claims()).run("jti"));
    }

    private static Map<String, String> tags(Map<String, Object> claims) throws ClaimException {
        Map<String, String> tags = new LinkedHashMap<>();
        for (var claim : claims.entrySet()) {
            if (REGISTERED.contains(claim.getKey()) || !(claim.getValue() instanceof String text)) {
                continue;
            }
            if (tooLong(text) || tooLong(claim.getKey())) {
                throw new ClaimException(
                        Cause.TOO_MANY_CLAIMS, "a string claim is longer than 2 KiB");
            }
            tags.put(claim.getKey(), text);
        }
        if (tags.size() > MAX_TAGS) {
            throw new ClaimException(Cause.TOO_MANY_CLAIMS, "more than 64 string claims");
        }
        return tags;
    }

    private static boolean tooLong(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
    }
}
