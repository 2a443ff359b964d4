package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.jose.KeyLoader.Stamp;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of one issuer over time. Safe for use by any number of threads: readers see one
/// immutable state, and the lock lets one of them at a time load the next.
final class KeySlot {
    private static final Logger log = LoggerFactory.getLogger(KeySlot.class);

    /// From this age on the keys are loaded again when next asked for.
    static final Duration SOFT_AGE = Duration.ofMinutes(5);

    /// Until this age they are used although they cannot be loaded again.
    static final Duration HARD_AGE = Duration.ofHours(24);

    /// The least time between two loads that an unknown `kid` or a failure causes.
    static final Duration COOLDOWN = Duration.ofSeconds(30);

    /// The least time between two attempts while there are no keys at all.
    static final Duration RETRY = Duration.ofSeconds(5);

    private final Issuer issuer;
    private final KeyLoader loader;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile State state = new State(null, null, null, "never loaded");

    KeySlot(Issuer issuer, KeyLoader loader, LongSupplier nanoTime) {
        this.issuer = issuer;
        this.loader = loader;
        this.nanoTime = nanoTime;
    }

    /// @param stamp the file's stamp at the latest attempt
    /// @param attemptedAt the latest attempt to load, whatever became of it; null = none
    /// @param failure why the latest attempt failed; null = it did not
    private record State(
            @Nullable Loaded loaded,
            @Nullable Stamp stamp,
            @Nullable Long attemptedAt,
            @Nullable String failure) {}

    private record Loaded(KeySet keys, long at) {}

    KeySet current() throws KeysUnavailableException {
        if (due(state)) {
            if (servable(state) == null) {
                // Nothing to serve: everybody waits for the one who loads.
                lock.lock();
                loadIfDueAndUnlock();
            } else if (lock.tryLock()) {
                loadIfDueAndUnlock();
            }
        }
        State now = state;
        Loaded servable = servable(now);
        if (servable == null) {
            throw new KeysUnavailableException(
                    now.failure() == null ? "the keys are too old" : now.failure());
        }
        return servable.keys();
    }

    /// The keys after a token named one that `seen` does not have: loaded again, unless that was
    /// done a moment ago. A failure leaves the keys as they were.
    KeySet afterUnknownKey(KeySet seen) {
        if (!attemptedWithin(COOLDOWN, state)) {
            lock.lock();
            try {
                if (!attemptedWithin(COOLDOWN, state)) {
                    load();
                }
            } finally {
                lock.unlock();
            }
        }
        Loaded servable = servable(state);
        return servable == null ? seen : servable.keys();
    }

    private void loadIfDueAndUnlock() {
        try {
            if (due(state)) {
                load();
            }
        } finally {
            lock.unlock();
        }
    }

    // INVARIANT: called with the lock held.
    private void load() {
        Loaded before = state.loaded();
        Stamp stamp = loader.stamp(issuer);
        try {
            KeySet keys = loader.load(issuer);
            long now = nanoTime.getAsLong();
            state = new State(new Loaded(keys, now), stamp, now, null);
            log.atDebug().addKeyValue("issuer", issuer.name()).log("issuer's keys loaded");
        } catch (KeysUnavailableException e) {
            state = new State(before, stamp, nanoTime.getAsLong(), e.getMessage());
            log.atWarn()
                    .addKeyValue("issuer", issuer.name())
                    .addKeyValue("cause", e.getMessage())
                    .log("issuer's keys cannot be loaded");
        }
    }

    private boolean due(State state) {
        if (!Objects.equals(loader.stamp(issuer), state.stamp())) {
            return true;
        }
        Loaded loaded = state.loaded();
        if (loaded != null && state.failure() == null && age(loaded.at()) < SOFT_AGE.toNanos()) {
            return false;
        }
        return !attemptedWithin(servable(state) == null ? RETRY : COOLDOWN, state);
    }

    private @Nullable Loaded servable(State state) {
        Loaded loaded = state.loaded();
        return loaded != null && age(loaded.at()) < HARD_AGE.toNanos() ? loaded : null;
    }

    private boolean attemptedWithin(Duration duration, State state) {
        Long attemptedAt = state.attemptedAt();
        return attemptedAt != null && age(attemptedAt) < duration.toNanos();
    }

    private long age(long since) {
        return nanoTime.getAsLong() - since;
    }
}
