package io.quay.pdp.audit;

import io.quay.pdp.identity.EntityRef;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The event log with refusals under a budget: those beyond it are counted. Safe for use by any
/// number of threads.
public final class BudgetedEvents implements EventLog {
    private final EventLog events;
    private final DecisionLog counters;
    private final DenialBudget budget;

    /// @param budget one of its own, so that refused tokens do not use up that of denied decisions
    public BudgetedEvents(EventLog events, DecisionLog counters, DenialBudget budget) {
        this.events = events;
        this.counters = counters;
        this.budget = budget;
    }

    @Override
    public void append(Event event, Companion... companions) {
        // what uses up an assertion is never merely counted
        Optional<DeniedGroup> group =
                event.cause() == null || companions.length > 0
                        ? Optional.empty()
                        : budget.findGroup(denialOf(event));
        if (group.isPresent()) {
            counters.count(group.get());
        } else {
            events.append(event, companions);
        }
    }

    private static DenialBudget.Denial denialOf(Event event) {
        return new DenialBudget.Denial(
                "",
                accountOf(event.actor()),
                event.kind().code(),
                accountOf(event.account()),
                event.cause());
    }

    private static @Nullable EntityRef accountOf(@Nullable String name) {
        return name == null ? null : EntityRef.serviceAccount(name);
    }
}
