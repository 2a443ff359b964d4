package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// Verifies workload tokens: cheap refusals first, the network last (RFC 7515 §5.2, RFC 7519 §7.2,
/// RFC 8725 §3). Safe for use by any number of threads.
public final class JwtVerifier implements TokenVerifier {
    private final JwksCache keys;

    public JwtVerifier(JwksCache keys) {
        this.keys = keys;
    }

    @Override
    public Verification verify(String token, List<Issuer> issuers, Instant now) {
        try {
            CompactToken parsed = CompactToken.parse(token);
            List<Issuer> named = named(parsed.issuer(), issuers);
            refuseOtherTypes(parsed);
            List<Issuer> allowing = allowing(parsed.algorithm(), named);
            return new KeySearch(parsed, hash(token), keys, now).among(allowing);
        } catch (RefusedException e) {
            return e.rejected();
        }
    }

    private static List<Issuer> named(String iss, List<Issuer> issuers) throws RefusedException {
        List<Issuer> named = issuers.stream().filter(i -> i.issuer().equals(iss)).toList();
        if (!named.isEmpty()) {
            return named;
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

    /// Workload tokens have no `typ` or the general one. Access tokens (`at+jwt`), proofs and other
    /// special kinds are never taken for them (RFC 8725 §3.11).
    private static void refuseOtherTypes(CompactToken token) throws RefusedException {
        if (token.type() != null && !token.type().equalsIgnoreCase("JWT")) {
            throw new RefusedException(Reason.MALFORMED, "header typ names another kind of token");
        }
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
