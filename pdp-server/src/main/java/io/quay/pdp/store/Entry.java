package io.quay.pdp.store;

import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import org.jspecify.annotations.Nullable;

/// What waits to be committed.
sealed interface Entry {
    record OfDecision(DecisionRow row) implements Entry {}

    /// @param spent kept with it or not at all; null = none
    record OfEvent(Event event, EventLog.@Nullable Spent spent) implements Entry {}
}
