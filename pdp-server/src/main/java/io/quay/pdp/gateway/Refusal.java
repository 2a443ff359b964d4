package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Why a request is not handed to Quay, in the form in which Quay reports its own errors
/// (`endpoints/exception.py`), which its clients parse. Never 404: a client that deletes would take
/// it for done.
///
/// @param errorType one of Quay's
/// @param cause ours, for machines
/// @param message for people: what is wrong and what to do
/// @param decisionId the record of the decision; null when nothing was decided
record Refusal(
        int status, String errorType, String cause, String message, @Nullable String decisionId) {
    static final String INVALID_REQUEST = "invalid_request";

    /// The cause of what is refused before anything is decided.
    static final String MALFORMED = "malformed";

    static final String INVALID_TOKEN = "invalid_token";
    static final String INSUFFICIENT_SCOPE = "insufficient_scope";
    static final String DOWNSTREAM_ISSUE = "downstream_issue";
    static final String TIMEOUT = "external_service_timeout";

    /// Ends the serving of a request.
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Refusal refusal;

        RefusedException(Refusal refusal) {
            super(refusal.cause(), null, false, false);
            this.refusal = refusal;
        }

        Refusal refusal() {
            return refusal;
        }
    }

    static Refusal malformed(String message) {
        return new Refusal(400, INVALID_REQUEST, MALFORMED, message, null);
    }

    /// @param decisionId null = none
    static Refusal tooMany(@Nullable String decisionId) {
        return new Refusal(
                503,
                DOWNSTREAM_ISSUE,
                "too_many_calls",
                "too many calls are being served; nothing was sent to Quay. Try again.",
                decisionId);
    }

    static Refusal tooManyOf(String account) {
        return new Refusal(
                503,
                DOWNSTREAM_ISSUE,
                "too_many_calls",
                "`"
                        + account
                        + "` has as many calls running as it may have at once; this one was not made. Try again.",
                null);
    }

    RefusedException exception() {
        return new RefusedException(this);
    }

    byte[] body(String requestId) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("detail", message)
                        .put("error_message", message)
                        .put("error_type", errorType)
                        .put("title", errorType)
                        .put("type", "urn:quay-pdp:problem:" + cause)
                        .put("status", status)
                        .put("cause", cause)
                        .put("decision_id", decisionId)
                        .put("request_id", requestId);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}
