package io.quay.pdp.token;

import java.util.Locale;

/// The errors of the OAuth endpoints, by their registered codes (RFC 6749 §5.2, RFC 8707 §2, RFC
/// 7009 §2.2.1).
public enum OAuthError {
    INVALID_REQUEST(400),
    INVALID_CLIENT(401),
    INVALID_GRANT(400),
    UNAUTHORIZED_CLIENT(400),
    UNSUPPORTED_GRANT_TYPE(400),
    INVALID_SCOPE(400),
    INVALID_TARGET(400),
    UNSUPPORTED_TOKEN_TYPE(400),
    /// RFC 9396 §5.
    INVALID_AUTHORIZATION_DETAILS(400),
    /// No registered code exists for a server that cannot serve now; clients know this one from the
    /// authorization endpoint (RFC 6749 §4.1.2.1).
    TEMPORARILY_UNAVAILABLE(503);

    private final int status;
    private final String code = name().toLowerCase(Locale.ROOT);

    OAuthError(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }
}
