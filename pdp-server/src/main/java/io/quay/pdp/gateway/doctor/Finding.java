package io.quay.pdp.gateway.doctor;

import java.util.List;

/// What came of a check.
///
/// @param seen holds no secrets
/// @param remedy what to change, or how to check by hand; empty when it passed
/// @param items what it is about, one by one; empty when `seen` says all
public record Finding(
        Check check, Outcome outcome, String seen, String remedy, List<String> items) {
    /// How a check ended.
    public enum Outcome {
        FAILED,
        /// It cannot be seen from here.
        UNKNOWN,
        PASSED
    }

    public Finding {
        items = List.copyOf(items);
    }

    /// Whether it keeps a Quay from being in order, unless it is accepted.
    public boolean counts() {
        return switch (outcome) {
            case FAILED -> check.severity() != Check.Severity.NOTICE;
            case UNKNOWN -> true;
            case PASSED -> false;
        };
    }

    /// Whether it may be accepted as it is.
    public boolean acceptable() {
        return outcome == Outcome.UNKNOWN || check.severity() != Check.Severity.ERROR;
    }
}
