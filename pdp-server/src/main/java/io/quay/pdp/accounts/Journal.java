package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.ClientSecret;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps changes: each with its event and its idempotency key in one transaction.
final class Journal {
    /// How long an idempotency key is remembered.
    static final Duration KEY_LIFETIME = Duration.ofHours(24);

    private final Store store;
    private final DecisionIds ids;
    private final Clock clock;

    Journal(Store store, DecisionIds ids, Clock clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    String newId(String prefix) {
        return prefix + ids.next();
    }

    /// What was made under the write's idempotency key before.
    Optional<String> findCreated(Caller caller, Write write) {
        Write.Idempotency asked = write.idempotency();
        if (asked == null) {
            return Optional.empty();
        }
        Optional<Store.Request> earlier =
                guarded(tables -> tables.requests().find(caller.name(), hashed(asked)))
                        .filter(request ->
                                clock.instant().isBefore(request.at().plus(KEY_LIFETIME)));
        if (earlier.isPresent() && !earlier.get().fingerprint().equals(asked.fingerprint())) {
            throw new RefusedException(
                    Refusal.KEY_REUSED,
                    "this Idempotency-Key was used for another request: take a new one");
        }
        return earlier.map(Store.Request::created);
    }

    /// Commits a change with its event.
    void keep(Event event, Change change) {
        guarded(tables -> {
            change.in(tables);
            tables.events().append(event);
            return null;
        });
    }

    /// Commits a creation with its event and its idempotency key.
    ///
    /// @param created the id that a replay finds
    void create(Caller caller, Write write, String created, Event event, Change change) {
        Write.Idempotency asked = write.idempotency();
        keep(
                event,
                tables -> {
                    change.in(tables);
                    if (asked != null) {
                        tables.requests().prune(clock.instant().minus(KEY_LIFETIME));
                        tables.requests()
                                .insert(
                                        new Store.Request(
                                                caller.name(),
                                                hashed(asked),
                                                asked.fingerprint(),
                                                created,
                                                clock.instant()));
                    }
                });
    }

    /// Whatever callers put into a key is kept as its hash only.
    private static String hashed(Write.Idempotency asked) {
        return ClientSecret.sha256Hex(asked.key());
    }

    @FunctionalInterface
    interface Change {
        void in(Store.Tables tables);
    }

    private <T extends @Nullable Object> T guarded(Store.Work<T> work) {
        try {
            return store.transact(work);
        } catch (Store.StorageException e) {
            throw e.full()
                    ? new RefusedException(
                            Refusal.STORAGE_FULL,
                            "the disk is full: nothing was changed; make room and try again")
                    : new RefusedException(
                            Refusal.UNAVAILABLE,
                            "the store cannot be written now: nothing was changed");
        }
    }

    /// An event of the caller's.
    Event event(
            Caller caller,
            Event.Kind kind,
            @Nullable String account,
            @Nullable String target,
            List<String> policies,
            Map<String, String> details) {
        return new Event(
                ids.next(),
                now(),
                kind,
                caller.name(),
                caller.credential(),
                account,
                target,
                null,
                policies,
                caller.requestId(),
                caller.sourceIp(),
                details);
    }

    /// An event of the program's own.
    Event event(
            String actor,
            Event.Kind kind,
            String account,
            @Nullable String target,
            Map<String, String> details) {
        return new Event(
                ids.next(),
                now(),
                kind,
                actor,
                null,
                account,
                target,
                null,
                List.of(),
                null,
                null,
                details);
    }

    Instant now() {
        return clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS);
    }
}
