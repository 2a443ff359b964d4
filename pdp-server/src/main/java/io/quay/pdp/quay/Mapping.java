package io.quay.pdp.quay;

/// What a request line and body mean, or why they are refused.
public sealed interface Mapping {
    record Mapped(QuayCall call) implements Mapping {}

    /// @param message for people; quotes no part of the request but names of parameters and members
    record Refused(Problem problem, String message) implements Mapping {}

    enum Problem {
        UNKNOWN_OPERATION,
        AMBIGUOUS_ROUTE,
        NON_CANONICAL_PATH,
        INVALID_QUERY,
        INVALID_BODY,
        BODY_REQUIRED,
        NAMESPACE_REQUIRED
    }
}
