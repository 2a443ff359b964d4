package io.quay.pdp.http;

import org.jspecify.annotations.Nullable;

/// A request that is answered with a problem (RFC 9457).
final class ProblemException extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final String title;
    private final @Nullable String challenge;

    private ProblemException(
            int status, String type, String title, String detail, @Nullable String challenge) {
        super(detail, null, false, false);
        this.status = status;
        this.type = type;
        this.title = title;
        this.challenge = challenge;
    }

    /// @param detail names the member and what it must be; holds no value of the request
    static ProblemException badRequest(String detail) {
        return new ProblemException(400, "bad-request", "Bad request", detail, null);
    }

    static ProblemException tooLarge(String detail) {
        return new ProblemException(413, "content-too-large", "Content too large", detail, null);
    }

    /// @param error the `error` of the challenge (RFC 6750 §3.1); null when no credential came at
    ///   all
    static ProblemException unauthorized(String detail, @Nullable String error) {
        String challenge =
                "Bearer realm=\"pdp\"" + (error == null ? "" : ", error=\"" + error + '"');
        return new ProblemException(401, "unauthorized", "Unauthorized", detail, challenge);
    }

    /// @param detail says what is missing, and that repeating helps
    static ProblemException unavailable(String detail) {
        return new ProblemException(
                503, "service-unavailable", "Service unavailable", detail, null);
    }

    static ProblemException forbidden(String detail) {
        return new ProblemException(403, "forbidden", "Forbidden", detail, null);
    }

    /// RFC 6750 §3.1.
    static ProblemException insufficientScope() {
        return new ProblemException(
                403,
                "insufficient-scope",
                "Forbidden",
                "the token is narrowed to scopes, and this API is in none of them",
                "Bearer realm=\"pdp\", error=\"insufficient_scope\"");
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    String title() {
        return title;
    }

    String detail() {
        return String.valueOf(getMessage());
    }

    @Nullable String challenge() {
        return challenge;
    }
}
