package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The store for tests: in memory, and full on demand. Each transaction works on a copy of all
/// there is, which replaces the original when it is done.
public final class InMemoryStore implements Store {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile InMemoryTables committed = new InMemoryTables();
    private volatile boolean full;

    @Override
    public <T extends @Nullable Object> T transact(Work<T> work) {
        if (lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("a transaction within a transaction");
        }
        lock.lock();
        InMemoryTables copy = new InMemoryTables(committed);
        try {
            T result = work.run(copy);
            if (full) {
                var cause = new IllegalStateException("made full by the test");
                throw new StorageException("the change was not kept", true, cause);
            }
            committed = copy;
            return result;
        } finally {
            copy.end();
            lock.unlock();
        }
    }

    /// From now on nothing can be kept, or can again.
    public void full(boolean wanted) {
        full = wanted;
    }

    /// The events of what was committed.
    public io.quay.pdp.audit.Events recorded() {
        return query ->
                committed.recorded.descendingMap().values().stream()
                        .filter(event -> matches(query, event))
                        .limit(query.limit())
                        .toList();
    }

    /// All events, oldest first.
    public List<Event> allEvents() {
        return List.copyOf(committed.recorded.values());
    }

    private static boolean matches(EventQuery query, Event event) {
        return wanted(query.kind(), event.kind().code())
                && wanted(query.actor(), event.actor())
                && wanted(query.account(), event.account())
                && (query.from() == null || !event.time().isBefore(query.from()))
                && (query.until() == null || event.time().isBefore(query.until()))
                && (query.after() == null || event.id().compareTo(query.after()) < 0);
    }

    private static boolean wanted(@Nullable Object filter, @Nullable Object actual) {
        return filter == null || Objects.equals(filter, actual);
    }
}
