package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Client assertions that were used, so that none is used twice: in memory at once, in the database
/// with the event that says so. Safe for use by any number of threads.
public final class SpentOnce {
    private final Map<String, Instant> spent = new ConcurrentHashMap<>();
    private final SpentAssertions kept;
    private final Clock clock;

    public SpentOnce(SpentAssertions kept, Clock clock) {
        this.kept = kept;
        this.clock = clock;
    }

    /// Reads those that were used before this process started.
    public void load() {
        kept.since(clock.instant()).forEach(each -> spent.put(each.hash(), each.until()));
    }

    /// Whether this is the first use; of several at once exactly one is.
    boolean take(EventLog.Spent assertion) {
        return spent.putIfAbsent(assertion.hash(), assertion.until()) == null;
    }

    /// Forgets those that nobody could use any more.
    public void forget() {
        Instant now = clock.instant();
        spent.values().removeIf(until -> until.isBefore(now));
    }
}
