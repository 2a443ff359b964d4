package io.quay.pdp.store;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import java.util.List;

/// What waits to be committed.
sealed interface Entry {
    record OfDecision(DecisionRow row) implements Entry {}

    /// @param companions kept with it or not at all
    record OfEvent(Event event, List<EventLog.Companion> companions) implements Entry {}

    /// @param ofChange whether it is the end of a call that an urgent decision allowed
    record OfCall(CallRecord call, boolean ofChange) implements Entry {}

    /// One denial to count.
    record OfDenial(DeniedGroup group) implements Entry {}

    /// Whether it goes before others, and waits in a queue of its own: allowed changes, and the
    /// events of what was done, such as tokens issued, without which there would be no changes.
    default boolean urgent() {
        return switch (this) {
            case OfDecision(DecisionRow row) ->
                    row.decision().allowed() && row.decision().mutates();
            case OfEvent event -> event.event().cause() == null;
            // an end never overtakes its decision
            case OfCall(_, boolean ofChange) -> ofChange;
            case OfDenial _ -> false;
        };
    }
}
