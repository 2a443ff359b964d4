package io.quay.pdp.jose;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.KeptKeys;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The issuers' keys, loaded when first needed and kept: one load in flight per issuer, last good
/// keys through an outage and a restart, bounded. Safe for use by any number of threads.
///
/// Ages are counted by a clock that never jumps (`System::nanoTime`), so that setting the wall
/// clock neither revives nor kills keys; only from one run of the server to the next the wall clock
/// is all there is.
public final class JwksCache implements AutoCloseable {
    private static final int MAX_ISSUERS = 1_000;
    private static final int CLOSING_SECONDS = 5;

    private final KeyLoader loader;
    private final LastGoodKeys lastGood;
    private final LongSupplier nanoTime;
    private final ExecutorService background;
    private final Cache<Source, KeySlot> slots =
            Caffeine.newBuilder().maximumSize(MAX_ISSUERS).build();

    /// Keeps nothing from one run to the next.
    public JwksCache(KeyFetcher fetcher, LongSupplier nanoTime) {
        this(fetcher, KeptKeys.NONE, Clock.systemUTC(), nanoTime);
    }

    public JwksCache(KeyFetcher fetcher, KeptKeys kept, Clock clock, LongSupplier nanoTime) {
        this(fetcher, kept, clock, nanoTime, Executors.newVirtualThreadPerTaskExecutor());
    }

    /// @param background where keys are loaded that nobody waits for
    JwksCache(
            KeyFetcher fetcher,
            KeptKeys kept,
            Clock clock,
            LongSupplier nanoTime,
            ExecutorService background) {
        this.loader = new KeyLoader(fetcher);
        this.lastGood = new LastGoodKeys(kept, clock);
        this.nanoTime = nanoTime;
        this.background = background;
    }

    /// Two issuers never share keys, not even those with one `iss`; an issuer whose source is
    /// changed starts anew.
    private record Source(
            String name,
            IssuerKind kind,
            String issuer,
            Issuer.KeySource keys,
            boolean privateNetwork) {}

    KeySet keys(Issuer issuer) throws KeysUnavailableException {
        return slot(issuer).current();
    }

    /// Whether asking for the issuer's keys waits for a load.
    boolean waits(Issuer issuer) {
        return slot(issuer).waits();
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
    ///
    /// @param kid null = the token names none
    KeySet keysAfterUnknown(Issuer issuer, @Nullable String kid, KeySet seen) {
        return slot(issuer).afterUnknownKey(kid, seen);
    }

    private KeySlot slot(Issuer issuer) {
        return slots.get(
                new Source(
                        issuer.name(),
                        issuer.kind(),
                        issuer.issuer(),
                        issuer.keys(),
                        issuer.privateNetwork()),
                _ -> new KeySlot(issuer, loader, lastGood, nanoTime, background));
    }

    /// Ends loads that nobody waits for.
    @Override
    public void close() {
        background.shutdownNow();
        try {
            background.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
