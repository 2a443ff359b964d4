package io.quay.pdp.decision;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who asks, as far as it was established before the decision.
public sealed interface Subject {
    /// Named by a caller that is trusted to do so.
    ///
    /// @param properties attributes that the caller supplies
    /// @param scopes scopes that the caller narrows the subject to; null = none
    record Named(EntityRef principal, Map<String, Value> properties, @Nullable Set<String> scopes)
            implements Subject {
        public Named {
            properties = Map.copyOf(properties);
        }

        public static Named of(EntityRef principal) {
            return new Named(principal, Map.of(), null);
        }
    }

    /// Proved by a credential.
    ///
    /// @param ceiling what the credential allows at most; null = all that the account may
    record Proved(EntityRef principal, Authentication authentication, @Nullable Ceiling ceiling)
            implements Subject {}

    /// The credential was refused.
    ///
    /// @param claimed the account that was asked for, when the request named one
    /// @param workload who the token's bearer is, when that much was established
    record Refused(
            Cause cause, String message, @Nullable EntityRef claimed, @Nullable EntityRef workload)
            implements Subject {}
}
