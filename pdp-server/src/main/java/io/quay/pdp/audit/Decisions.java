package io.quay.pdp.audit;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The port to the decisions that were recorded. Implementations are safe for use by any number of
/// threads.
public interface Decisions {
    /// The matching records in the query's order, at most as many as its limit.
    List<DecisionRecord> find(DecisionQuery query);

    /// How the calls ended that these decisions allowed, by the decision's id. A decision of the
    /// gateway that is missing here is being executed now, or the server stopped meanwhile.
    Map<String, CallRecord> endsOf(Collection<String> decisionIds);

    /// What was recorded of calls, also of those that were passed on without a decision; oldest
    /// first.
    ///
    /// @param after only records behind this id; null = from the first
    List<CallRecord> findCalls(@Nullable String after, int limit);
}
