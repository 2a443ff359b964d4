package io.quay.pdp.audit;

/// The port to where decisions are kept. Implementations are safe for use by any number of threads.
public interface DecisionLog {
    /// Returns after the record is durable: it survives the process being killed at once.
    ///
    /// @throws AuditUnavailableException when the record could not be kept; the decision must then
    ///   not be answered as an allow
    void append(DecisionRecord decision);

    /// A record that was taken on.
    @FunctionalInterface
    interface Keeping {
        /// Returns as `append` does.
        ///
        /// @throws AuditUnavailableException as `append` does
        void await();
    }

    /// Takes the record on, so that its caller can do something else meanwhile that needs no
    /// record.
    ///
    /// @throws AuditUnavailableException when it could not be taken on
    default Keeping take(DecisionRecord decision) {
        append(decision);
        return () -> {};
    }

    /// Counts one more denial of this group, as durable as a record when this returns.
    ///
    /// @throws AuditUnavailableException when it could not be counted
    void count(DeniedGroup group);
}
