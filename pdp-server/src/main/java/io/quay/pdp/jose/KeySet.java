package io.quay.pdp.jose;

import io.quay.pdp.jose.VerificationKey.UnusableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The usable keys of one issuer. Immutable.
///
/// A well-formed set without a usable key is a set: an issuer that withdraws all its keys is
/// believed.
record KeySet(List<VerificationKey> keys) {
    private static final Logger log = LoggerFactory.getLogger(KeySet.class);

    KeySet {
        keys = List.copyOf(keys);
    }

    /// How one member of `keys` is read.
    @FunctionalInterface
    private interface Reader {
        VerificationKey read(Map<?, ?> key) throws UnusableException;
    }

    /// Reads the members of a JWK set (RFC 7517 §5) one by one: one that cannot be used is left
    /// out, the others stay.
    ///
    /// @param issuerName for the log
    static KeySet ofJwks(List<?> members, String issuerName) {
        return read(members, issuerName, VerificationKey::parse);
    }

    /// Reads those of a SPIFFE bundle that verify JWT-SVIDs (SPIFFE Trust Domain and Bundle
    /// §4.2.2); keys for other uses are not its keys at all.
    static KeySet ofBundle(List<?> members, String issuerName) {
        return read(
                members.stream()
                        .filter(m -> m instanceof Map<?, ?> key && isForTokens(key))
                        .toList(),
                issuerName,
                VerificationKey::parseJwtSvid);
    }

    private static boolean isForTokens(Map<?, ?> key) {
        return VerificationKey.JWT_SVID.equals(key.get("use"));
    }

    private static KeySet read(List<?> members, String issuerName, Reader reader) {
        List<VerificationKey> keys = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            try {
                if (!(members.get(i) instanceof Map<?, ?> key)) {
                    throw new UnusableException("not an object");
                }
                keys.add(reader.read(key));
            } catch (UnusableException e) {
                log.atInfo()
                        .addKeyValue("issuer", issuerName)
                        .addKeyValue("index", i)
                        .addKeyValue("cause", e.getMessage())
                        .log("key left out of the issuer's set");
            }
        }
        return new KeySet(keys);
    }

    /// The keys that may have made a signature: of the algorithm's kind and, when the token names
    /// one, of that name.
    List<VerificationKey> candidates(Algorithm algorithm, @Nullable String kid) {
        return keys.stream()
                .filter(key -> key.fits(algorithm) && (kid == null || kid.equals(key.kid())))
                .toList();
    }

    /// Whether a key has this name, of whatever kind it is.
    boolean names(@Nullable String kid) {
        return kid != null && keys.stream().anyMatch(key -> kid.equals(key.kid()));
    }
}
