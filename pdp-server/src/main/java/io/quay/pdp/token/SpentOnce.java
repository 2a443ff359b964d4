package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;

/// Client assertions and workload tokens that were used, so that none is used more often than it
/// may: in memory at once, in the database with the event that says so. Bounded: what nobody could
/// use any more is forgotten, and when too many remain, nothing more is used. Safe for use by any
/// number of threads.
public final class SpentOnce {
    private static final int MOST = 500_000;

    private record Uses(int number, Instant until) {}

    /// What became of a use.
    enum Use {
        TAKEN,
        /// It has no use left.
        SPENT,
        /// Too many are remembered to remember another.
        FULL
    }

    private final ConcurrentHashMap<String, Uses> spent = new ConcurrentHashMap<>();
    private final SpentAssertions kept;
    private final Clock clock;

    public SpentOnce(SpentAssertions kept, Clock clock) {
        this.kept = kept;
        this.clock = clock;
    }

    /// Reads those that were used before this process started.
    public void load() {
        kept.since(clock.instant())
                .forEach(each -> spent.put(each.hash(), new Uses(each.uses(), each.until())));
    }

    /// Uses it once more; of several at once exactly as many do as it has uses left. A use that is
    /// taken stays so, whatever becomes of the request.
    Use take(EventLog.Spent wanted) {
        if (spent.mappingCount() >= MOST) {
            return Use.FULL;
        }
        boolean[] taken = {false};
        spent.compute(
                wanted.hash(),
                (_, uses) -> {
                    int before = uses == null ? 0 : uses.number();
                    taken[0] = before < wanted.most();
                    return taken[0] ? new Uses(before + 1, wanted.until()) : uses;
                });
        return taken[0] ? Use.TAKEN : Use.SPENT;
    }

    /// Forgets those that nobody could use any more.
    public void forget() {
        Instant now = clock.instant();
        spent.values().removeIf(uses -> uses.until().isBefore(now));
    }
}
