package io.quay.pdp;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DenialBudget;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.audit.RecordedSearches;
import io.quay.pdp.config.Config;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Search;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/// What decides and what searches, each wrapped in its record.
record Deciding(RecordedDecisions decisions, RecordedSearches searches) {
    /// Where it is recorded.
    record Records(
            DecisionLog log, EventLog events, DenialBudget budget, DecisionIds ids, Clock clock) {}

    static Deciding of(
            Config config, LivePolicies live, @Nullable RequestMapper mapper, Records records) {
        DecisionPoint point =
                new DecisionPoint(live, mapper, Configured.unboundIds(config), records.clock());
        return new Deciding(
                new RecordedDecisions(
                        point, records.log(), records.ids(), records.budget(), records.clock()),
                new RecordedSearches(
                        new Search(live, point, Configured.searches(config), System::nanoTime),
                        records.events(),
                        records.ids(),
                        records.clock()));
    }
}
