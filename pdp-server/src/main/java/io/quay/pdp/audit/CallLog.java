package io.quay.pdp.audit;

/// The port to where it is kept what became of calls. Implementations are safe for use by any
/// number of threads.
public interface CallLog {
    /// Keeps how the execution of an allowed call ended, soon: a crash before that makes it
    /// `unknown`.
    ///
    /// @param ofChange whether its decision allowed a change, and so was kept before it
    /// @throws AuditUnavailableException when it could not be taken on
    void ended(CallRecord call, boolean ofChange);

    /// Keeps that a call is passed, as durably as decisions are.
    ///
    /// @throws AuditUnavailableException when it could not be kept; the call must then not be
    ///   passed
    void passed(CallRecord call);
}
