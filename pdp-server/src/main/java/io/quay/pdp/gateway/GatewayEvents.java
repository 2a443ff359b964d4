package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord;

/// What the gateway tells of its doings, for metrics. Implementations are safe for use by any
/// number of threads.
public interface GatewayEvents {
    /// A request was answered.
    ///
    /// @param verdict `allowed`, `denied`, `passed`, `refused` or `failed`
    void answered(String verdict, int status);

    /// The execution of an allowed call ended.
    ///
    /// @param millis since it was sent to Quay
    void executed(CallRecord.State state, long millis);
}
