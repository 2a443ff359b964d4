package io.quay.pdp.decision;

import java.util.Locale;

/// Why a request is denied: one stable code each, by the contract.
public enum Cause {
    NO_PERMIT,
    FORBIDDEN,
    EVALUATION_ERROR,
    INVALID_TOKEN,
    TOKEN_REVOKED,
    ACCOUNT_DISABLED,
    ACCOUNT_UNKNOWN,
    INSUFFICIENT_SCOPE,
    UNKNOWN_OPERATION,
    AMBIGUOUS_ROUTE,
    NON_CANONICAL_PATH,
    INVALID_QUERY,
    INVALID_BODY,
    BODY_REQUIRED,
    NAMESPACE_REQUIRED,
    TARGET_UNBOUND,
    ATTRIBUTE_UNAVAILABLE,
    NOT_EXECUTABLE,
    IDENTITY_MISMATCH,
    ENROLMENT_REMOVED,
    QUAY_UNAVAILABLE,
    CALLER_REFUSED,
    AMBIGUOUS_HEADERS,
    AUDIT_UNAVAILABLE;

    private final String code = name().toLowerCase(Locale.ROOT);

    /// The code on the wire.
    public String code() {
        return code;
    }
}
