package io.quay.pdp.decision;

import java.util.List;

/// The answer to an access request. Only [Allow] allows.
public sealed interface Decision {
    /// The policies that determined it.
    List<Reason> reasons();

    /// The version of the policy set that decided.
    String version();

    record Allow(List<Reason> reasons, String version) implements Decision {
        public Allow {
            reasons = List.copyOf(reasons);
        }
    }

    /// A plain denial.
    ///
    /// @param message for people; holds names of policies, operations and objects, no input
    ///   otherwise
    record Deny(Cause cause, String message, List<Reason> reasons, String version)
            implements Decision {
        public Deny {
            reasons = List.copyOf(reasons);
        }
    }

    /// The policies could not be evaluated. It never allows: Cedar skips a policy that errors, also
    /// a forbid, so an answer with errors in it proves nothing.
    ///
    /// @param fault what went wrong, for people
    record Indeterminate(String fault, List<Reason> reasons, String version) implements Decision {
        public Indeterminate {
            reasons = List.copyOf(reasons);
        }
    }

    default boolean allowed() {
        return switch (this) {
            case Allow _ -> true;
            case Deny _, Indeterminate _ -> false;
        };
    }
}
