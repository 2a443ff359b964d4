package io.quay.pdp.jose;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a SPIFFE bundle has beside a JWK set (SPIFFE Trust Domain and Bundle §4).
final class SpiffeBundle {
    private static final Logger log = LoggerFactory.getLogger(SpiffeBundle.class);

    static final Duration LEAST_HINT = Duration.ofSeconds(30);
    static final Duration LONGEST_HINT = Duration.ofHours(1);

    private SpiffeBundle() {}

    /// The certificates of keys for `x509-svid`: one each, the first of `x5c` (§4.2.2; X.509-SVID
    /// §6). One that cannot be read is left out.
    static List<X509Certificate> roots(List<?> keys, String issuerName) {
        List<X509Certificate> roots = new ArrayList<>();
        for (Object member : keys) {
            if (member instanceof Map<?, ?> key && "x509-svid".equals(key.get("use"))) {
                X509Certificate root = root(key);
                if (root == null) {
                    log.atInfo()
                            .addKeyValue("issuer", issuerName)
                            .log("certificate left out of the trust domain's bundle");
                } else {
                    roots.add(root);
                }
            }
        }
        return roots;
    }

    private static @Nullable X509Certificate root(Map<?, ?> key) {
        if (!(key.get("x5c") instanceof List<?> chain)
                || chain.size() != 1
                || !(chain.getFirst() instanceof String text)) {
            return null;
        }
        try {
            byte[] der = Base64.getDecoder().decode(text);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | IllegalArgumentException _) {
            return null;
        }
    }

    /// `spiffe_sequence` (§4.1.1).
    static @Nullable Long sequence(Map<String, @Nullable Object> members)
            throws KeysUnavailableException {
        Object sequence = members.get("spiffe_sequence");
        if (sequence == null) {
            return null;
        }
        if (sequence instanceof Long number && number >= 0) {
            return number;
        }
        throw new KeysUnavailableException("the bundle's spiffe_sequence is no whole number");
    }

    /// `spiffe_refresh_hint` in seconds (§4.1.2), within reason.
    static Duration refreshHint(Map<String, @Nullable Object> members) {
        if (!(members.get("spiffe_refresh_hint") instanceof Long seconds) || seconds <= 0) {
            return KeyDocument.SOFT_AGE;
        }
        return Duration.ofSeconds(
                Math.clamp(seconds, LEAST_HINT.toSeconds(), LONGEST_HINT.toSeconds()));
    }

    /// Whether a bundle may follow another: its sequence must not be lower, nor be missing once
    /// there was one (§4.1.1).
    static boolean mayFollow(@Nullable Long before, @Nullable Long next) {
        return before == null || (next != null && next >= before);
    }
}
