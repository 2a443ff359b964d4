package io.quay.pdp.policy;

import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import java.util.List;
import java.util.Map;

/// Why a decision is as it is. Immutable.
///
/// @param determining the policies that made it
/// @param nearest for a denial without a forbid: the permits that came closest, closest first
public record Explanation(Outcome outcome, List<Determining> determining, List<NearMiss> nearest) {
    public Explanation {
        determining = List.copyOf(determining);
        nearest = List.copyOf(nearest);
    }

    /// @param annotations the policy's, such as `description` and `owner`
    public record Determining(Reason reason, boolean forbid, Map<String, String> annotations) {
        public Determining {
            annotations = Map.copyOf(annotations);
        }
    }

    /// A permit that does not hold, and what is missing: parts of its scope or clauses of its
    /// conditions.
    public record NearMiss(Reason reason, List<String> missing) {
        public NearMiss {
            missing = List.copyOf(missing);
        }
    }
}
