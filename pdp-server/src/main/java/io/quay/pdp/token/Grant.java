package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One way to get a token (RFC 6749 §1.3). It says only what is its own: who gets a token, and how
/// much at most; [TokenIssuance] does what all have in common. Implementations are safe for use by
/// any number of threads.
public interface Grant {
    /// The `grant_type`.
    String type();

    /// @param client who proved itself; empty when the request held no proof
    Offer offer(Optional<Client> client, Form form) throws OAuthException;

    /// What a token may hold at most.
    ///
    /// @param credential the credential behind it; null for workloads that trust policies vouch for
    /// @param issuer of the workload token behind it
    /// @param ceiling the scopes at most; null = all
    /// @param longest how long it may live at most
    /// @param ancestors `jti` of the tokens that it is made from, oldest first
    /// @param issuedTokenType what the answer calls it (RFC 8693 §2.2.1); null = nothing
    /// @param exchanged the workload token that it is offered for; null = none
    /// @param use what issuing it uses up; null = nothing that is counted, or was before
    record Offer(
            ServiceAccount account,
            Authentication.Method method,
            @Nullable String credential,
            @Nullable String issuer,
            @Nullable EntityRef workload,
            @Nullable Set<String> ceiling,
            Duration longest,
            List<String> ancestors,
            @Nullable String issuedTokenType,
            @Nullable Assumed exchanged,
            @Nullable Use use) {
        public Offer {
            ceiling = ceiling == null ? null : Set.copyOf(ceiling);
            ancestors = List.copyOf(ancestors);
        }

        /// For no workload token.
        Offer(
                ServiceAccount account,
                Authentication.Method method,
                @Nullable String credential,
                @Nullable String issuer,
                @Nullable EntityRef workload,
                @Nullable Set<String> ceiling,
                Duration longest,
                List<String> ancestors,
                @Nullable String issuedTokenType) {
            this(
                    account,
                    method,
                    credential,
                    issuer,
                    workload,
                    ceiling,
                    longest,
                    ancestors,
                    issuedTokenType,
                    null,
                    null);
        }
    }

    /// A use of a workload token.
    ///
    /// @param place where it was shown
    record Use(EventLog.Spent spent, WorkloadTokens.Place place) {}
}
