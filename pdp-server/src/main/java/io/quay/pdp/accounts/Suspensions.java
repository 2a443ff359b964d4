package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import java.util.List;

/// The port to where suspensions are kept. Each change and its events are one transaction.
/// Implementations are safe for use by any number of threads; all methods throw
/// [Store.StorageException].
public interface Suspensions {
    List<Suspension> all();

    /// Durable when this returns.
    void add(List<Suspension> suspensions, List<Event> events);

    void remove(List<Suspension> suspensions, List<Event> events);
}
