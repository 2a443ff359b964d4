package io.quay.pdp.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The port to the events that stand alone, such as a token issued. Events of changes are kept in
/// the change's own transaction. Implementations are safe for use by any number of threads.
public interface EventLog {
    /// Returns after the event, and the assertion spent with it, are durable.
    ///
    /// @param spent the client assertion that this event used up; null = none
    /// @throws AuditUnavailableException when it could not be kept; nothing may be issued then
    void append(Event event, @Nullable Spent spent);

    /// A client assertion that may not be used again (RFC 7523 §3).
    ///
    /// @param hash SHA-256 of its issuer and `jti`, in hex
    /// @param until it cannot be used from then on anyway
    record Spent(String hash, Instant until) {}
}
