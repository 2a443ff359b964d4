package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import org.jspecify.annotations.Nullable;

/// A service account that proved itself to an OAuth endpoint.
///
/// @param credential null for workloads that trust policies vouch for
/// @param spent the use of the assertion that it did so with; null when uses are not counted
/// @param workload whose token the assertion is; null when the account signed it, or showed a
///   secret
public record Client(
        ServiceAccount account,
        @Nullable Credential credential,
        Authentication.Method method,
        EventLog.@Nullable Spent spent,
        @Nullable Assumed workload) {
    /// Proved by a credential of the account's own.
    Client(
            ServiceAccount account,
            Credential credential,
            Authentication.Method method,
            EventLog.@Nullable Spent spent) {
        this(account, credential, method, spent, null);
    }

    /// Proved by a workload's token.
    static Client of(Assumed workload) {
        return new Client(
                workload.account(),
                workload.credential(),
                Authentication.Method.FEDERATED,
                workload.token().use().orElse(null),
                workload);
    }

    /// The credential's id; null when there is none.
    @Nullable String credentialId() {
        return credential == null ? null : credential.id();
    }
}
