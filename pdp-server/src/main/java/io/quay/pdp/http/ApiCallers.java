package io.quay.pdp.http;

import io.javalin.http.Context;
import io.quay.pdp.accounts.Caller;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.IpAddress;
import java.util.function.Function;

/// Who uses the administration API: the account that the access token proves.
final class ApiCallers {
    private final Function<String, Subject> tokens;
    private final int maxTokenSize;

    /// @param tokens what an access token of ours proves
    ApiCallers(Function<String, Subject> tokens, int maxTokenSize) {
        this.tokens = tokens;
        this.maxTokenSize = maxTokenSize;
    }

    /// @throws ProblemException 401 without a token that is good now (RFC 6750 §3)
    Caller authenticate(Context context) {
        String token = Callers.bearer(context);
        if (token.length() > maxTokenSize) {
            throw ProblemException.unauthorized("the token is not accepted", "invalid_token");
        }
        return switch (tokens.apply(token)) {
            case Subject.Proved proved -> {
                if (proved.authentication().scopes() != null) {
                    throw ProblemException.insufficientScope();
                }
                yield caller(context, proved);
            }
            case Subject.Refused refused ->
                    throw ProblemException.unauthorized(refused.message(), "invalid_token");
            case Subject.Named _ ->
                    throw ProblemException.unauthorized(
                            "the token is not accepted", "invalid_token");
        };
    }

    private static Caller caller(Context context, Subject.Proved proved) {
        RequestIds.proved(context, proved.principal().id());
        return new Caller(
                proved,
                IpAddress.parse(context.req().getRemoteAddr().replaceAll("[\\[\\]]", ""))
                        .orElse(null),
                RequestIds.recorded(context));
    }
}
