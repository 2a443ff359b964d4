package io.quay.pdp.gateway;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes the events of what this server does in Quay by itself. Safe for use by any number of
/// threads.
record Records(DecisionIds ids, Clock clock) {
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    String newId() {
        return ids.next();
    }

    /// @param account the account's name; null = none
    Event event(Event.Kind kind, @Nullable String account, Map<String, String> details) {
        return new Event(
                ids.next(),
                clock.instant(),
                kind,
                null,
                null,
                account,
                null,
                null,
                List.of(),
                null,
                null,
                details);
    }
}
