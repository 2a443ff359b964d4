package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer.KeySource;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import io.quay.pdp.federation.Issuer.KeySource.BundleUri;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import io.quay.pdp.federation.Issuer.KeySource.JwksFile;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.jose.StrictJson.MalformedException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an issuer publishes: a JWK set, or a SPIFFE bundle. Immutable.
///
/// @param text as it came, to be kept
/// @param keys those that verify its tokens
/// @param roots those that verify X.509-SVIDs of a bundle's trust domain; never tokens
/// @param sequence of a bundle: it only grows; null = none
/// @param softAge from this age on it is loaded again when next asked for
record KeyDocument(
        String text,
        KeySet keys,
        List<X509Certificate> roots,
        @Nullable Long sequence,
        Duration softAge) {
    static final Duration SOFT_AGE = Duration.ofMinutes(5);
    private static final int MAX_KEYS = 100;

    KeyDocument {
        roots = List.copyOf(roots);
    }

    /// @param issuerName for the log
    static KeyDocument read(byte[] document, KeySource source, String issuerName)
            throws KeysUnavailableException {
        Map<String, @Nullable Object> members = object(document);
        List<?> keys = keys(members);
        String text = new String(document, StandardCharsets.UTF_8);
        return switch (source) {
            case Discovery _, JwksUri _, JwksFile _ ->
                    new KeyDocument(
                            text, KeySet.ofJwks(keys, issuerName), List.of(), null, SOFT_AGE);
            case BundleFile _, BundleUri _ ->
                    new KeyDocument(
                            text,
                            KeySet.ofBundle(keys, issuerName),
                            SpiffeBundle.roots(keys, issuerName),
                            SpiffeBundle.sequence(members),
                            SpiffeBundle.refreshHint(members));
        };
    }

    private static Map<String, @Nullable Object> object(byte[] document)
            throws KeysUnavailableException {
        try {
            return StrictJson.object(document);
        } catch (MalformedException e) {
            throw new KeysUnavailableException("the key set is no JSON: " + e.getMessage());
        }
    }

    private static List<?> keys(Map<String, @Nullable Object> members)
            throws KeysUnavailableException {
        if (!(members.get("keys") instanceof List<?> keys)) {
            throw new KeysUnavailableException("the key set has no array \"keys\"");
        }
        if (keys.size() > MAX_KEYS) {
            throw new KeysUnavailableException("the key set has more than 100 keys");
        }
        return keys;
    }
}
