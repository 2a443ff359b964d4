package io.quay.pdp.http;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.token.PresentedTokens;
import java.util.Optional;

/// Turns the credential of a request to Quay into the subject of its decision. Safe for use by any
/// number of threads.
final class SubjectTokens {
    private final PresentedTokens tokens;
    private final int maxTokenSize;

    SubjectTokens(PresentedTokens tokens, int maxTokenSize) {
        this.tokens = tokens;
        this.maxTokenSize = maxTokenSize;
    }

    /// @param account that a workload asks to be
    /// @param member how the caller is told where the account is missing
    /// @throws ProblemException 400 when a workload token comes without the account
    Subject of(Optional<String> token, Optional<String> account, String member) {
        if (token.isEmpty() || token.get().isEmpty()) {
            return refused("the request carries no token");
        }
        if (token.get().length() > maxTokenSize) {
            return refused("the token is not accepted");
        }
        return tokens.isOurs(token.get())
                ? tokens.ofOurs(token.get())
                : ofWorkload(token.get(), account, member);
    }

    private Subject ofWorkload(String token, Optional<String> account, String member) {
        if (!tokens.takesWorkloads()) {
            return refused(
                    "this is no access token of ours, and workload tokens are not taken here (federation.direct is off)");
        }
        return tokens.ofWorkload(
                token,
                account.orElseThrow(() ->
                        ProblemException.badRequest(
                                "`"
                                        + member
                                        + "` is missing: a workload token needs the service account that it asks to be")));
    }

    private static Subject refused(String message) {
        return new Subject.Refused(Cause.INVALID_TOKEN, message, null, null);
    }
}
