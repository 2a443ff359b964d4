package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import java.time.Instant;
import java.util.List;

/// The port to the client assertions that were used before this process started.
public interface SpentAssertions {
    /// Those that could still be used after the moment.
    List<EventLog.Spent> since(Instant moment);
}
