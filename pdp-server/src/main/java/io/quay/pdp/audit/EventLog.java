package io.quay.pdp.audit;

import io.quay.pdp.identity.Workload;
import java.time.Instant;

/// The port to the events that stand alone, such as a token issued. Events of changes are kept in
/// the change's own transaction. Implementations are safe for use by any number of threads.
public interface EventLog {
    /// Returns after the event, and what comes with it, are durable.
    ///
    /// @param companions kept in the event's transaction, or not at all
    /// @throws AuditUnavailableException when it could not be kept; nothing may be issued then
    void append(Event event, Companion... companions);

    /// What is kept together with an event.
    sealed interface Companion {}

    /// One use of a token that may be used so often and no more (RFC 7523 §3).
    ///
    /// @param hash SHA-256 of what the token is known by, in hex
    /// @param until it cannot be used from then on anyway
    /// @param most how many uses it has in all
    record Spent(String hash, Instant until, int most) implements Companion {
        /// The only use.
        public Spent(String hash, Instant until) {
            this(hash, until, 1);
        }
    }

    /// The workload behind an access token that was issued for a workload token: whether it is
    /// still trusted is asked at every use.
    ///
    /// @param tokenId the access token's `jti`
    /// @param iss the `iss` of the workload token's issuer
    /// @param until the access token's end
    record Exchange(String tokenId, String iss, Workload workload, Instant until)
            implements Companion {}

    /// What a platform calls the thing behind a workload now.
    ///
    /// @param iss whose name and id it is
    /// @param id which kind of thing, and the id of it that never changes hands
    record Named(String iss, String id, String name) implements Companion {}
}
