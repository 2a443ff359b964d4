package io.quay.pdp.audit;

import java.util.List;

/// The port to the events that were recorded. Implementations are safe for use by any number of
/// threads.
public interface Events {
    /// The matching events, newest first, at most as many as the query's limit.
    List<Event> find(EventQuery query);
}
