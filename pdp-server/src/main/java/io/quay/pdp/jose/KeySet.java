package io.quay.pdp.jose;

import io.quay.pdp.jose.StrictJson.MalformedException;
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

    private static final int MAX_KEYS = 100;

    KeySet {
        keys = List.copyOf(keys);
    }

    /// Reads a JWK set (RFC 7517 §5) key by key: one that cannot be used is left out, the others
    /// stay.
    ///
    /// @param issuerName for the log
    static KeySet parse(byte[] document, String issuerName) throws KeysUnavailableException {
        List<?> members = members(document);
        List<VerificationKey> keys = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            try {
                if (!(members.get(i) instanceof Map<?, ?> key)) {
                    throw new UnusableException("not an object");
                }
                keys.add(VerificationKey.parse(key));
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

    private static List<?> members(byte[] document) throws KeysUnavailableException {
        try {
            if (!(StrictJson.object(document).get("keys") instanceof List<?> members)) {
                throw new KeysUnavailableException("the key set has no array \"keys\"");
            }
            if (members.size() > MAX_KEYS) {
                throw new KeysUnavailableException("the key set has more than 100 keys");
            }
            return members;
        } catch (MalformedException e) {
            throw new KeysUnavailableException("the key set is no JSON: " + e.getMessage());
        }
    }
}
