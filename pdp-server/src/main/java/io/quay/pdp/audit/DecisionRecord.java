package io.quay.pdp.audit;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One decision as it is kept. Immutable; holds no token and no secret.
///
/// @param id the decision's id, sortable by time
/// @param time when it was decided, in milliseconds
/// @param caller the PEP that asked
/// @param requestId the `X-Request-ID` of the asking request
/// @param principal the account, or null when none was established
/// @param workload the workload behind it, for federated proofs
/// @param action the operation; null when the request maps to none
/// @param resource the primary resource; null likewise
/// @param cause why it was denied; null for an allow
/// @param policies ids of the determining policies
/// @param parameters by the operation's allow-list
/// @param mutates whether the operation changes something, or may
/// @param tokenId the `jti` of the access token that was shown, which the event of its issue has as
///   its target; `sha256:` and the hash of a workload token; null when none was shown
public record DecisionRecord(
        String id,
        Instant time,
        String caller,
        @Nullable String requestId,
        @Nullable EntityRef principal,
        @Nullable EntityRef workload,
        @Nullable String action,
        @Nullable EntityRef resource,
        boolean allowed,
        @Nullable String cause,
        List<String> policies,
        String policyVersion,
        Map<String, Value> parameters,
        boolean mutates,
        @Nullable String tokenId) {
    /// Of a request without a token.
    public DecisionRecord(
            String id,
            Instant time,
            String caller,
            @Nullable String requestId,
            @Nullable EntityRef principal,
            @Nullable EntityRef workload,
            @Nullable String action,
            @Nullable EntityRef resource,
            boolean allowed,
            @Nullable String cause,
            List<String> policies,
            String policyVersion,
            Map<String, Value> parameters,
            boolean mutates) {
        this(
                id,
                time,
                caller,
                requestId,
                principal,
                workload,
                action,
                resource,
                allowed,
                cause,
                policies,
                policyVersion,
                parameters,
                mutates,
                null);
    }

    public DecisionRecord {
        policies = List.copyOf(policies);
        parameters = Map.copyOf(parameters);
    }
}
