package io.quay.pdp.audit;

import io.quay.pdp.token.SpentAssertions;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The log of events for tests: in memory, and unavailable on demand. Safe for use by any number of
/// threads.
public final class InMemoryEventLog implements EventLog, Events, SpentAssertions {
    private final NavigableMap<String, Event> events = new TreeMap<>();
    private final Map<String, Spent> assertions = new HashMap<>();
    private boolean unavailable;

    @Override
    public synchronized void append(Event event, @Nullable Spent spent) {
        if (unavailable) {
            throw new AuditUnavailableException("made unavailable by the test");
        }
        if (events.containsKey(event.id())) {
            throw new AuditUnavailableException("id taken: " + event.id());
        }
        if (spent != null && assertions.putIfAbsent(spent.hash(), spent) != null) {
            throw new AuditUnavailableException("spent already");
        }
        events.put(event.id(), event);
    }

    public synchronized void unavailable(boolean wanted) {
        unavailable = wanted;
    }

    @Override
    public synchronized List<Event> find(EventQuery query) {
        String after = query.after();
        return (after == null ? events : events.headMap(after, false))
                .descendingMap().values().stream()
                        .filter(event -> matches(query, event))
                        .limit(query.limit())
                        .toList();
    }

    @Override
    public synchronized List<Spent> since(Instant moment) {
        return assertions.values().stream()
                .filter(spent -> spent.until().isAfter(moment))
                .sorted(Comparator.comparing(Spent::until).thenComparing(Spent::hash))
                .toList();
    }

    private static boolean matches(EventQuery query, Event event) {
        return wanted(query.kind(), event.kind().code())
                && wanted(query.actor(), event.actor())
                && wanted(query.account(), event.account())
                && (query.from() == null || !event.time().isBefore(query.from()))
                && (query.until() == null || event.time().isBefore(query.until()));
    }

    private static boolean wanted(@Nullable Object filter, @Nullable Object actual) {
        return filter == null || Objects.equals(filter, actual);
    }
}
