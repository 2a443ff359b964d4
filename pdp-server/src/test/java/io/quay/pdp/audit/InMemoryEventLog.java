package io.quay.pdp.audit;

import io.quay.pdp.token.Exchanges;
import io.quay.pdp.token.SpentAssertions;
import io.quay.pdp.token.WorkloadNames;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The log of events for tests: in memory, and unavailable on demand. Safe for use by any number of
/// threads.
public final class InMemoryEventLog
        implements EventLog, Events, SpentAssertions, Exchanges, WorkloadNames {
    private final NavigableMap<String, Event> events = new TreeMap<>();
    private final Map<String, Used> assertions = new HashMap<>();
    private final Map<String, Exchange> exchanges = new HashMap<>();
    private final Map<Named, Named> names = new HashMap<>();
    private boolean unavailable;

    @Override
    public synchronized void append(Event event, Companion... companions) {
        if (unavailable) {
            throw new AuditUnavailableException("made unavailable by the test");
        }
        if (events.containsKey(event.id())) {
            throw new AuditUnavailableException("id taken: " + event.id());
        }
        for (Companion companion : companions) {
            switch (companion) {
                case Spent spent -> spend(spent);
                case Exchange exchange -> exchanges.put(exchange.tokenId(), exchange);
                case Named thing -> names.put(thing(thing), thing);
            }
        }
        events.put(event.id(), event);
    }

    private void spend(Spent spent) {
        Used before = assertions.get(spent.hash());
        int uses = before == null ? 0 : before.uses();
        if (uses >= spent.most()) {
            throw new AuditUnavailableException("spent already");
        }
        assertions.put(spent.hash(), new Used(spent.hash(), spent.until(), uses + 1));
    }

    @Override
    public synchronized Optional<Exchange> find(String tokenId) {
        return Optional.ofNullable(exchanges.get(tokenId));
    }

    @Override
    public synchronized Optional<String> find(Named thing) {
        return Optional.ofNullable(names.get(thing(thing))).map(Named::name);
    }

    /// The thing without its name.
    private static Named thing(Named named) {
        return new Named(named.iss(), named.id(), "");
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
    public synchronized List<Used> since(Instant moment) {
        return assertions.values().stream()
                .filter(used -> used.until().isAfter(moment))
                .sorted(Comparator.comparing(Used::until).thenComparing(Used::hash))
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
