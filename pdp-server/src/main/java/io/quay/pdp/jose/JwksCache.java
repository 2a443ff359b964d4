package io.quay.pdp.jose;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.federation.Issuer;
import java.util.function.LongSupplier;

/// The issuers' keys, loaded when first needed and kept: one load in flight per issuer, last good
/// keys through an outage, bounded. Safe for use by any number of threads.
///
/// Ages are counted by a clock that never jumps (`System::nanoTime`), so that setting the wall
/// clock neither revives nor kills keys.
public final class JwksCache {
    private static final int MAX_ISSUERS = 1_000;

    private final KeyLoader loader;
    private final LongSupplier nanoTime;
    private final Cache<Source, KeySlot> slots =
            Caffeine.newBuilder().maximumSize(MAX_ISSUERS).build();

    public JwksCache(KeyFetcher fetcher, LongSupplier nanoTime) {
        this.loader = new KeyLoader(fetcher);
        this.nanoTime = nanoTime;
    }

    /// Two issuers never share keys, not even those with one `iss`; an issuer whose source is
    /// changed starts anew.
    private record Source(String name, String issuer, Issuer.KeySource keys) {}

    KeySet keys(Issuer issuer) throws KeysUnavailableException {
        return slot(issuer).current();
    }

    /// Whether the issuer has this key; false also when its keys cannot be had now.
    ///
    /// @param thumbprint SHA-256, in base64url (RFC 7638)
    public boolean holds(Issuer issuer, String thumbprint) {
        try {
            return keys(issuer).keys().stream()
                    .anyMatch(key -> key.thumbprint().equals(thumbprint));
        } catch (KeysUnavailableException _) {
            return false;
        }
    }

    /// The keys after a token named one that `seen` does not have.
    KeySet keysAfterUnknown(Issuer issuer, KeySet seen) {
        return slot(issuer).afterUnknownKey(seen);
    }

    private KeySlot slot(Issuer issuer) {
        return slots.get(
                new Source(issuer.name(), issuer.issuer(), issuer.keys()),
                _ -> new KeySlot(issuer, loader, nanoTime));
    }
}
