package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.IssuerLookup;
import io.quay.pdp.federation.SpiffeId;
import io.quay.pdp.federation.TokenVerifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// Verifies workload tokens: cheap refusals first, the network last (RFC 7515 §5.2, RFC 7519 §7.2,
/// RFC 8725 §3). Safe for use by any number of threads.
public final class JwtVerifier implements TokenVerifier {
    private static final Set<String> SVID_HEADERS = Set.of("alg", "kid", "typ");
    private static final Set<String> SVID_TYPES = Set.of("JWT", "JOSE");

    private final JwksCache keys;

    public JwtVerifier(JwksCache keys) {
        this.keys = keys;
    }

    @Override
    public Verification verify(String token, List<Issuer> issuers, Instant now) {
        try {
            CompactToken parsed = CompactToken.parse(token);
            List<Issuer> named = fitting(parsed, named(parsed, issuers));
            List<Issuer> allowing = allowing(parsed.algorithm(), named);
            return new KeySearch(parsed, hash(token), keys, now).among(allowing);
        } catch (RefusedException e) {
            return e.rejected();
        }
    }

    private static List<Issuer> named(CompactToken token, List<Issuer> issuers)
            throws RefusedException {
        List<Issuer> named =
                issuers.stream().filter(i -> IssuerLookup.names(token.claims(), i)).toList();
        if (!named.isEmpty()) {
            return named;
        }
        String iss = token.issuer();
        if (iss == null) {
            boolean svid =
                    token.claims().get("sub") instanceof String sub
                            && SpiffeId.parse(sub).isPresent();
            throw svid
                    ? new RefusedException(
                            Reason.UNKNOWN_ISSUER, "claim sub is of no registered trust domain")
                    : new RefusedException(Reason.MISSING_CLAIM, "claim iss is missing");
        }
        boolean slash =
                issuers.stream()
                        .map(Issuer::issuer)
                        .anyMatch(known -> known.equals(iss + "/") || iss.equals(known + "/"));
        throw new RefusedException(
                Reason.UNKNOWN_ISSUER,
                slash
                        ? "claim iss differs from a registered issuer by a trailing slash"
                        : "claim iss is no registered issuer");
    }

    /// Workload tokens have no `typ` or the general one. Access tokens (`at+jwt`), WIT-SVIDs
    /// (`wit+jwt`), proofs and other special kinds are never taken for them (RFC 8725 §3.11).
    private static List<Issuer> fitting(CompactToken token, List<Issuer> issuers)
            throws RefusedException {
        List<Issuer> fitting = issuers.stream().filter(i -> fits(token, i.kind())).toList();
        if (fitting.isEmpty()) {
            throw new RefusedException(
                    Reason.MALFORMED,
                    SVID_HEADERS.containsAll(token.headers())
                            ? "header typ names another kind of token"
                            : "the header has more than the issuer's kind may have, or another typ");
        }
        return fitting;
    }

    /// The header of a JWT-SVID has nothing beside these, and `typ` exactly so (SPIFFE JWT-SVID
    /// §2).
    private static boolean fits(CompactToken token, IssuerKind kind) {
        String type = token.type();
        return switch (kind) {
            case SPIFFE ->
                    SVID_HEADERS.containsAll(token.headers())
                            && (type == null || SVID_TYPES.contains(type));
            case KUBERNETES, GITHUB_ACTIONS, GITLAB, OIDC ->
                    type == null || type.equalsIgnoreCase("JWT");
        };
    }

    private static List<Issuer> allowing(Algorithm algorithm, List<Issuer> issuers)
            throws RefusedException {
        List<Issuer> allowing =
                issuers.stream().filter(i -> i.algorithms().contains(algorithm.word())).toList();
        if (allowing.isEmpty()) {
            throw new RefusedException(
                    Reason.ALGORITHM_NOT_ALLOWED, "header alg is not in the issuer's list");
        }
        return allowing;
    }

    private static String hash(String token) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of()
                    .formatHex(sha256.digest(token.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
