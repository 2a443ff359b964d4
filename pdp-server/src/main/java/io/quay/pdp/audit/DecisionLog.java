package io.quay.pdp.audit;

/// The port to where decisions are kept. Implementations are safe for use by any number of threads.
public interface DecisionLog {
    /// Returns after the record is durable: it survives the process being killed at once.
    ///
    /// @throws AuditUnavailableException when the record could not be kept; the decision must then
    ///   not be answered as an allow
    void append(DecisionRecord decision);

    /// Counts one more denial of this group, as durable as a record when this returns.
    ///
    /// @throws AuditUnavailableException when it could not be counted
    void count(DeniedGroup group);
}
