package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import java.util.Optional;

/// The port to what platforms called the things behind workloads when they were last seen. They are
/// written with the event of a token's issue. Implementations are safe for use by any number of
/// threads.
public interface WorkloadNames {
    /// The name that was last seen; empty when the thing was never seen.
    Optional<String> find(EventLog.Named thing);
}
