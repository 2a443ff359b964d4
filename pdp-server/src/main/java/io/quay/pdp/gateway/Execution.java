package io.quay.pdp.gateway;

/// How Quay executes an allowed call: as whom, and with which credential. Implementations are safe
/// for use by any number of threads.
public interface Execution {
    /// Asked once a call is allowed and before it is recorded, so that a refusal here is the
    /// decision that stands in the log. May ask Quay; holds the caller up no longer than its time
    /// limits allow.
    Prepared prepare(AllowedCall call);
}
