package io.quay.pdp.token;

import java.util.Map;

/// A request of an OAuth endpoint that is refused.
public final class OAuthException extends Exception {
    @java.io.Serial private static final long serialVersionUID = 1L;

    private final OAuthError error;
    private final String cause;
    private final transient Map<String, String> facts;

    /// @param description for the client: printable ASCII without quotes and backslashes, and
    ///   nothing of the request
    /// @param cause for the audit: what it was exactly; nothing of the request but names
    public OAuthException(OAuthError error, String description, String cause) {
        this(error, description, cause, Map.of());
    }

    /// @param facts for the audit: what was proved of a token that was shown
    OAuthException(OAuthError error, String description, String cause, Map<String, String> facts) {
        super(description, null, false, false);
        this.error = error;
        this.cause = cause;
        this.facts = Map.copyOf(facts);
    }

    static OAuthException request(String description) {
        return new OAuthException(OAuthError.INVALID_REQUEST, description, description);
    }

    /// One answer for everything that is wrong with a client: who may not know whether it exists
    /// learns nothing.
    static OAuthException client(String cause) {
        return new OAuthException(OAuthError.INVALID_CLIENT, "client authentication failed", cause);
    }

    public OAuthError error() {
        return error;
    }

    public String description() {
        return String.valueOf(getMessage());
    }

    public String auditCause() {
        return cause;
    }

    Map<String, String> facts() {
        return facts;
    }
}
