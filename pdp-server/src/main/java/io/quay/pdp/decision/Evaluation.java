package io.quay.pdp.decision;

import java.util.Set;

/// What the engine answers to one question.
public sealed interface Evaluation {
    /// At least one permit holds and no forbid.
    record Permitted(Set<String> permits) implements Evaluation {
        public Permitted {
            permits = Set.copyOf(permits);
        }
    }

    /// At least one forbid holds.
    record Forbidden(Set<String> forbids) implements Evaluation {
        public Forbidden {
            forbids = Set.copyOf(forbids);
        }
    }

    /// Nothing holds.
    record Unmatched() implements Evaluation {}

    /// The engine failed, or a policy did; nothing may be concluded.
    ///
    /// @param policies those that erred; empty when the engine itself failed
    record Failed(String fault, Set<String> policies) implements Evaluation {
        public Failed {
            policies = Set.copyOf(policies);
        }
    }
}
