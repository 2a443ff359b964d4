package io.quay.pdp.federation;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a workload's wish to be an account.
public sealed interface Assumption {
    /// The same as the subject of a decision about a request that shows the token itself.
    ///
    /// @param accountName that was asked for
    default Subject subject(String accountName) {
        return switch (this) {
            case Assumed assumed ->
                    new Subject.Proved(
                            assumed.account().entity(),
                            assumed.authentication(),
                            assumed.credential() == null ? null : assumed.credential().ceiling());
            case Refused refused ->
                    new Subject.Refused(
                            refused.cause(),
                            refused.message(),
                            EntityRef.serviceAccount(accountName),
                            refused.token() == null ? null : refused.token().workload().entity());
        };
    }

    /// It is the account.
    ///
    /// @param credential the API's credential that vouches for it; null = trust policies do
    /// @param policies ids of the trust policies that permit it; empty with a credential
    record Assumed(
            ServiceAccount account,
            WorkloadToken token,
            @Nullable Credential credential,
            List<String> policies)
            implements Assumption {
        public Assumed {
            policies = List.copyOf(policies);
        }

        /// How the bearer proves to be the account when it shows the token itself.
        public Authentication authentication() {
            return new Authentication(
                    Authentication.Method.FEDERATED,
                    token.issuer().name(),
                    token.workload().entity(),
                    token.issuedAt(),
                    null,
                    credential == null ? null : credential.id(),
                    "sha256:" + token.hash());
        }
    }

    /// It is not.
    ///
    /// @param retry whether the same token may be good in a moment
    /// @param message for whoever enforces decisions: nothing that helps to forge a better token
    /// @param detail what it was exactly, for the audit alone; no part of the token but names
    /// @param token whose it is; null when that is not proved
    /// @param hash SHA-256 of what was shown, in hex
    record Refused(
            Cause cause,
            boolean retry,
            String message,
            String detail,
            @Nullable WorkloadToken token,
            String hash)
            implements Assumption {}
}
