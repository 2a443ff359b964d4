package io.quay.pdp.http;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/// A decision as proxies read it: a status and headers, no body.
final class DecisionHeaders {
    private static final String CHALLENGE = "Bearer realm=\"quay\"";

    private DecisionHeaders() {}

    /// @param reasons whether the cause and the policies are told
    static void write(Context context, RecordedDecisions.Answer answer, boolean reasons) {
        Outcome outcome = answer.outcome();
        Decision decision = outcome.decision();
        context.status(status(decision)).header("X-PDP-Decision-ID", answer.id());
        if (outcome.principal() != null) {
            context.header("X-PDP-Principal", safe(outcome.principal().id()));
        }
        if (context.statusCode() == 401) {
            context.header(Header.WWW_AUTHENTICATE, challenge(context));
        }
        String cause = RecordedDecisions.causeOf(decision);
        if (reasons && cause != null) {
            context.header("X-PDP-Cause", cause);
        }
        if (reasons && !decision.reasons().isEmpty()) {
            context.header(
                    "X-PDP-Reasons",
                    decision.reasons().stream()
                            .map(DecisionHeaders::name)
                            .collect(Collectors.joining(",")));
        }
    }

    private static int status(Decision decision) {
        return switch (decision) {
            case Decision.Allow _ -> 200;
            case Decision.Deny deny
                    when deny.cause() == Cause.INVALID_TOKEN
                            || deny.cause() == Cause.TOKEN_REVOKED ->
                    401;
            case Decision.Deny _, Decision.Indeterminate _ -> 403;
        };
    }

    /// RFC 6750 §3.1: no error code when no credential came at all.
    private static String challenge(Context context) {
        return context.header(Header.AUTHORIZATION) == null
                ? CHALLENGE
                : CHALLENGE + ", error=\"invalid_token\"";
    }

    private static String name(Reason reason) {
        return safe(
                reason.grant() == null ? reason.policy() : reason.policy() + "#" + reason.grant());
    }

    /// Ids are free text, headers are not. `#` stands between a role and its grant.
    private static String safe(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%23", "#");
    }
}
