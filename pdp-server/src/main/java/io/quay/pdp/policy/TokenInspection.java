package io.quay.pdp.policy;

import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.identity.ServiceAccount;
import java.util.List;

/// What a workload token is worth here. Holds no part of the token but claims that policies see.
public sealed interface TokenInspection {
    /// The token proves nothing here.
    ///
    /// @param detail why; names claims and headers
    record Refused(String detail) implements TokenInspection {}

    /// The token is some workload's.
    ///
    /// @param accounts those that it may be first, each in the order of the names
    record Accepted(WorkloadToken token, List<Verdict> accounts) implements TokenInspection {
        public Accepted {
            accounts = List.copyOf(accounts);
        }
    }

    /// Whether the workload may be an account, and why.
    ///
    /// @param credential the id of the API's credential that vouches for it; empty = none
    /// @param message why not; empty when it may
    /// @param determining the trust policies that decided
    /// @param nearest when none did: the permits that came nearest, and what they lacked
    record Verdict(
            ServiceAccount account,
            boolean allowed,
            String credential,
            String message,
            List<Explanation.Determining> determining,
            List<Explanation.NearMiss> nearest) {
        public Verdict {
            determining = List.copyOf(determining);
            nearest = List.copyOf(nearest);
        }
    }
}
