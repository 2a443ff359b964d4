package io.quay.pdp.gateway;

import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Reason;
import java.util.stream.Collectors;

/// Decisions that do not allow, as refusals.
final class Denials {
    private Denials() {}

    /// To be called before a client is told anything of a call that was allowed.
    ///
    /// @throws Refusal.RefusedException when the decision could not be kept
    static void requireKept(Exchange exchange, RecordedDecisions.Decided decided) {
        RecordedDecisions.Answer kept = decided.kept().get();
        if (!kept.outcome().decision().allowed()) {
            exchange.verdict(Exchange.Verdict.DENIED);
            throw refusal(kept).exception();
        }
    }

    static Refusal refusal(RecordedDecisions.Answer answer) {
        return switch (answer.outcome().decision()) {
            case Decision.Allow _ -> throw new IllegalArgumentException("this decision allows");
            case Decision.Deny deny ->
                    refusal(deny.cause(), deny.message() + policies(deny), answer.id());
            case Decision.Indeterminate _ ->
                    refusal(
                            Cause.EVALUATION_ERROR,
                            "the policies could not be evaluated; ask their owner",
                            answer.id());
        };
    }

    private static String policies(Decision.Deny deny) {
        String names =
                deny.reasons().stream()
                        .map(Reason::policy)
                        .distinct()
                        .collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : " (policy " + names + ")";
    }

    private static Refusal refusal(Cause cause, String message, String id) {
        return new Refusal(
                status(cause),
                errorType(cause),
                cause.code(),
                "refused by the decision point: "
                        + message
                        + ". "
                        + advice(cause)
                        + " Decision "
                        + id
                        + ".",
                id);
    }

    private static int status(Cause cause) {
        return switch (cause) {
            case INVALID_TOKEN, TOKEN_REVOKED -> 401;
            case AMBIGUOUS_HEADERS,
                    AMBIGUOUS_ROUTE,
                    NON_CANONICAL_PATH,
                    INVALID_QUERY,
                    INVALID_BODY,
                    BODY_REQUIRED,
                    NAMESPACE_REQUIRED ->
                    400;
            case QUAY_UNAVAILABLE, AUDIT_UNAVAILABLE -> 503;
            case NO_PERMIT,
                    FORBIDDEN,
                    EVALUATION_ERROR,
                    ACCOUNT_DISABLED,
                    ACCOUNT_UNKNOWN,
                    INSUFFICIENT_SCOPE,
                    UNKNOWN_OPERATION,
                    TARGET_UNBOUND,
                    ATTRIBUTE_UNAVAILABLE,
                    NOT_EXECUTABLE,
                    IDENTITY_MISMATCH,
                    ENROLMENT_REMOVED,
                    CALLER_REFUSED ->
                    403;
        };
    }

    private static String errorType(Cause cause) {
        return switch (status(cause)) {
            case 400 -> Refusal.INVALID_REQUEST;
            case 401 -> Refusal.INVALID_TOKEN;
            case 503 -> Refusal.DOWNSTREAM_ISSUE;
            default -> Refusal.INSUFFICIENT_SCOPE;
        };
    }

    private static String advice(Cause cause) {
        return switch (cause) {
            case INVALID_TOKEN, TOKEN_REVOKED -> "Get a new access token and send that.";
            case NO_PERMIT, FORBIDDEN, TARGET_UNBOUND ->
                    "Ask the owner of the policies if the account should be able to do this.";
            case INSUFFICIENT_SCOPE -> "Get a token with a scope that covers the operation.";
            case ACCOUNT_DISABLED, ACCOUNT_UNKNOWN -> "Ask the owner of the service account.";
            case UNKNOWN_OPERATION ->
                    "Compare method and path with the API's reference; operations that were not reviewed are refused.";
            case AMBIGUOUS_ROUTE, NON_CANONICAL_PATH ->
                    "Spell the path as Quay's API reference does.";
            case INVALID_QUERY,
                    INVALID_BODY,
                    BODY_REQUIRED,
                    NAMESPACE_REQUIRED,
                    AMBIGUOUS_HEADERS ->
                    "Correct the request.";
            case QUAY_UNAVAILABLE, AUDIT_UNAVAILABLE, EVALUATION_ERROR, ATTRIBUTE_UNAVAILABLE ->
                    "Try again later.";
            case NOT_EXECUTABLE, IDENTITY_MISMATCH, ENROLMENT_REMOVED, CALLER_REFUSED ->
                    "Ask the administrators of the decision point.";
        };
    }
}
