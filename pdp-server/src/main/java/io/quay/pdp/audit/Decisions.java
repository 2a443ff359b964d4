package io.quay.pdp.audit;

import java.util.List;

/// The port to the decisions that were recorded. Implementations are safe for use by any number of
/// threads.
public interface Decisions {
    /// The matching records in the query's order, at most as many as its limit.
    List<DecisionRecord> find(DecisionQuery query);
}
