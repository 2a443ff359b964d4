package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.jose.KeyLoader.Stamp;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of one issuer over time. Safe for use by any number of threads: readers see one
/// immutable state, and the lock lets one thread at a time load the next.
///
/// Who finds keys that are only due to be loaded again does not wait for that. Who has no keys at
/// all, or names one that is not among them, waits for the one load; so does who comes after nobody
/// came for a while, because keys may have been withdrawn meanwhile.
final class KeySlot {
    private static final Logger log = LoggerFactory.getLogger(KeySlot.class);

    /// Until this age they are used although they cannot be loaded again.
    static final Duration HARD_AGE = Duration.ofHours(24);

    /// The least time between two loads that an unknown `kid` or a failure causes.
    static final Duration COOLDOWN = Duration.ofSeconds(30);

    /// The least time between two attempts while there are no keys at all.
    static final Duration RETRY = Duration.ofSeconds(5);

    /// So many soft ages old, they are not used before a load was tried.
    private static final int IDLE = 2;

    private final Issuer issuer;
    private final KeyLoader loader;
    private final LastGoodKeys lastGood;
    private final LongSupplier nanoTime;
    private final Executor background;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private final UnknownKids unknown;
    private volatile State state = new State(null, null, null, "never loaded");
    private volatile boolean restored;

    /// @param background where keys are loaded that nobody waits for
    KeySlot(
            Issuer issuer,
            KeyLoader loader,
            LastGoodKeys lastGood,
            LongSupplier nanoTime,
            Executor background) {
        this.issuer = issuer;
        this.loader = loader;
        this.lastGood = lastGood;
        this.nanoTime = nanoTime;
        this.background = background;
        this.unknown = new UnknownKids(nanoTime);
    }

    /// @param stamp the file's stamp at the latest attempt
    /// @param attemptedAt the latest attempt to load, whatever became of it; null = none
    /// @param failure why the latest attempt failed; null = it did not
    private record State(
            @Nullable Loaded loaded,
            @Nullable Stamp stamp,
            @Nullable Long attemptedAt,
            @Nullable String failure) {}

    private record Loaded(KeyDocument document, long at) {}

    /// Whether [#current] would wait for a load.
    boolean waits() {
        try {
            restore();
        } catch (KeysUnavailableException _) {
            return false;
        }
        State now = state;
        return due(now) && waits(now);
    }

    private boolean waits(State now) {
        return servable(now) == null || idle(now);
    }

    /// Long overdue, and not because the source is known to be out of reach.
    private boolean idle(State now) {
        Loaded loaded = now.loaded();
        return loaded != null
                && now.failure() == null
                && age(loaded.at()) >= loaded.document().softAge().multipliedBy(IDLE).toNanos();
    }

    KeySet current() throws KeysUnavailableException {
        restore();
        if (due(state)) {
            if (waits(state)) {
                lock.lock();
                loadIfDueAndUnlock();
            } else if (KeyLoader.file(issuer) == null) {
                refresh();
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
        return servable.document().keys();
    }

    /// The keys after a token named one that `seen` does not have: loaded again, unless that was
    /// done a moment ago or did not find this one lately. A failure leaves the keys as they were.
    ///
    /// @param kid null = the token names none
    KeySet afterUnknownKey(@Nullable String kid, KeySet seen) {
        if (!attemptedWithin(COOLDOWN, state) && !unknown.contains(kid)) {
            lock.lock();
            try {
                if (!attemptedWithin(COOLDOWN, state)) {
                    load();
                    noteIfStillUnknown(kid);
                }
            } finally {
                lock.unlock();
            }
        }
        Loaded servable = servable(state);
        return servable == null ? seen : servable.document().keys();
    }

    /// Only a load that began after the question answers it.
    private void noteIfStillUnknown(@Nullable String kid) {
        State now = state;
        Loaded loaded = now.loaded();
        if (loaded != null && now.failure() == null && !loaded.document().keys().names(kid)) {
            unknown.add(kid);
        }
    }

    private void refresh() {
        if (!refreshing.compareAndSet(false, true)) {
            return;
        }
        try {
            background.execute(() -> {
                lock.lock();
                try {
                    loadIfDueAndUnlock();
                } finally {
                    refreshing.set(false);
                }
            });
        } catch (RejectedExecutionException _) {
            // The server is closing.
            refreshing.set(false);
        }
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

    /// Begins with what an earlier run of the server kept.
    private void restore() throws KeysUnavailableException {
        if (restored) {
            return;
        }
        lock.lock();
        try {
            if (!restored) {
                LastGoodKeys.Restored kept = lastGood.restore(issuer);
                if (kept != null) {
                    Loaded loaded =
                            new Loaded(
                                    kept.document(), nanoTime.getAsLong() - kept.age().toNanos());
                    state = new State(loaded, null, null, null);
                }
                restored = true;
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
            KeyDocument document = loader.load(issuer, before == null ? null : before.document());
            refuseRollback(before, document);
            // Kept before it is believed: else a crash would forget its sequence.
            lastGood.keep(issuer, document);
            long now = nanoTime.getAsLong();
            state = new State(new Loaded(document, now), stamp, now, null);
            logChange(before, document);
        } catch (KeysUnavailableException e) {
            state = new State(before, stamp, nanoTime.getAsLong(), e.getMessage());
            log.atWarn()
                    .addKeyValue("issuer", issuer.name())
                    .addKeyValue("cause", e.getMessage())
                    .log("issuer's keys cannot be loaded");
            if (before != null) {
                lastGood.aged(issuer, Duration.ofNanos(age(before.at())));
            }
        }
    }

    /// A rotation, or somebody who took the issuer over: people should be able to tell.
    private void logChange(@Nullable Loaded before, KeyDocument next) {
        if (before == null) {
            log.atDebug().addKeyValue("issuer", issuer.name()).log("issuer's keys loaded");
            return;
        }
        Set<String> old = thumbprints(before.document());
        Set<String> now = thumbprints(next);
        if (!now.equals(old)) {
            log.atInfo()
                    .addKeyValue("issuer", issuer.name())
                    .addKeyValue("added", now.stream().filter(it -> !old.contains(it)).toList())
                    .addKeyValue("removed", old.stream().filter(it -> !now.contains(it)).toList())
                    .log("issuer's keys changed");
        }
    }

    private static Set<String> thumbprints(KeyDocument document) {
        return document.keys().keys().stream()
                .map(VerificationKey::thumbprint)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void refuseRollback(@Nullable Loaded before, KeyDocument next)
            throws KeysUnavailableException {
        Long sequence = before == null ? null : before.document().sequence();
        if (!SpiffeBundle.mayFollow(sequence, next.sequence())) {
            throw new KeysUnavailableException(
                    "the bundle has gone back from sequence %d to %s"
                            .formatted(sequence, next.sequence()));
        }
    }

    private boolean due(State state) {
        if (!Objects.equals(loader.stamp(issuer), state.stamp())) {
            return true;
        }
        Loaded loaded = state.loaded();
        if (loaded != null
                && state.failure() == null
                && age(loaded.at()) < loaded.document().softAge().toNanos()) {
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
