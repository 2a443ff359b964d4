package io.quay.pdp.accounts;

import io.quay.pdp.decision.Subject;
import org.jspecify.annotations.Nullable;

/// Who uses the administration API, as the access token that it shows proves.
///
/// @param subject the account and how it proved itself
/// @param requestId the `X-Request-ID` of the request
public record Caller(
        Subject.Proved subject, @Nullable String sourceIp, @Nullable String requestId) {
    public String name() {
        return subject.principal().id();
    }

    /// The id of the credential behind the token; null for federated proofs.
    public @Nullable String credential() {
        return subject.authentication().credential();
    }
}
