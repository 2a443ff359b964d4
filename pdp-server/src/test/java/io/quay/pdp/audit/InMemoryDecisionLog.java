package io.quay.pdp.audit;

import io.quay.pdp.audit.DecisionQuery.Order;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// The decision log for tests: in memory, and unavailable on demand.
public final class InMemoryDecisionLog implements DecisionLog, Decisions {
    private final NavigableMap<String, DecisionRecord> records = new ConcurrentSkipListMap<>();
    private final Map<DeniedGroup, Long> groups =
            new ConcurrentSkipListMap<>(Comparator.comparing(DeniedGroup::id));
    private volatile boolean unavailable;

    @Override
    public void append(DecisionRecord decision) {
        if (unavailable) {
            throw new AuditUnavailableException("made unavailable by the test");
        }
        if (records.putIfAbsent(decision.id(), decision) != null) {
            throw new AuditUnavailableException("id taken: " + decision.id());
        }
    }

    @Override
    public void count(DeniedGroup group) {
        if (unavailable) {
            throw new AuditUnavailableException("made unavailable by the test");
        }
        groups.merge(group, 1L, Long::sum);
    }

    /// All groups, oldest first.
    public List<DeniedGroup.Counted> counted() {
        return groups.entrySet().stream()
                .map(each -> new DeniedGroup.Counted(each.getKey(), each.getValue()))
                .toList();
    }

    public void unavailable(boolean wanted) {
        unavailable = wanted;
    }

    /// All records, oldest first.
    public List<DecisionRecord> records() {
        return List.copyOf(records.values());
    }

    @Override
    public List<DecisionRecord> find(DecisionQuery query) {
        NavigableMap<String, DecisionRecord> ordered =
                query.order() == Order.NEWEST_FIRST ? records.descendingMap() : records;
        String after = query.after();
        return (after == null ? ordered : ordered.tailMap(after, false))
                .values().stream()
                        .filter(decision -> matches(query, decision))
                        .limit(query.limit())
                        .toList();
    }

    private static boolean matches(DecisionQuery query, DecisionRecord decision) {
        return wanted(query.id(), decision.id())
                && wanted(query.principal(), decision.principal())
                && wanted(query.action(), decision.action())
                && wanted(query.resource(), decision.resource())
                && wanted(query.allowed(), decision.allowed())
                && wanted(query.cause(), decision.cause())
                && (query.from() == null || !decision.time().isBefore(query.from()))
                && (query.until() == null || decision.time().isBefore(query.until()));
    }

    private static boolean wanted(@Nullable Object filter, @Nullable Object actual) {
        return filter == null || Objects.equals(filter, actual);
    }

    /// Calls are not kept here.
    @Override
    public Map<String, CallRecord> endsOf(Collection<String> decisionIds) {
        return Map.of();
    }

    @Override
    public List<CallRecord> findCalls(@Nullable String after, int limit) {
        return List.of();
    }
}
