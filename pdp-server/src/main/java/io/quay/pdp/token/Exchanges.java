package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import java.util.Optional;

/// The port to the workloads behind access tokens that live. They are written with the event of
/// their token's issue. Implementations are safe for use by any number of threads.
public interface Exchanges {
    /// What was exchanged for the access token.
    ///
    /// @param tokenId its `jti`
    Optional<EventLog.Exchange> find(String tokenId);
}
