package io.quay.pdp.token;

import io.quay.pdp.federation.Assumption;
import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.identity.Authentication;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Workload tokens at the OAuth endpoints: one verification and one trust decision for all of them,
/// and for each place its error. Who shows one learns of a refusal nothing but that it was one.
/// Safe for use by any number of threads.
public final class WorkloadTokens {
    private static final String CLIENT_ID = "client_id";

    /// Where a token is shown, which says how it is refused.
    enum Place {
        /// RFC 8693 §2.2.2.
        SUBJECT_TOKEN(OAuthError.INVALID_REQUEST, "the subject token is not accepted"),
        /// RFC 7523 §3.1.
        ASSERTION(OAuthError.INVALID_GRANT, "the assertion is not accepted"),
        /// RFC 7523 §3.2.
        CLIENT_ASSERTION(OAuthError.INVALID_CLIENT, "client authentication failed");

        private final OAuthError error;
        private final String description;

        Place(OAuthError error, String description) {
            this.error = error;
            this.description = description;
        }

        OAuthException refused(String cause, Map<String, String> facts) {
            return new OAuthException(error, description, cause, facts);
        }
    }

    private final Federation federation;
    private final int maxSize;
    private final Clock clock;

    /// @param maxSize the longest token that is looked at, in bytes
    public WorkloadTokens(Federation federation, int maxSize, Clock clock) {
        this.federation = federation;
        this.maxSize = maxSize;
        this.clock = clock;
    }

    /// The account that the request names, as far as the token makes its bearer that account.
    ///
    /// @throws OAuthException without `client_id`: the account is named, never picked
    Assumed accept(String token, Form form, Federation.Way way, Place place) throws OAuthException {
        String account = form.required(CLIENT_ID);
        if (token.length() > maxSize) {
            throw place.refused("workload token: longer than is looked at", Map.of());
        }
        return switch (federation.assume(token, account, way)) {
            case Assumed assumed -> assumed;
            case Assumption.Refused refused -> throw refusal(refused, place);
        };
    }

    private static OAuthException refusal(Assumption.Refused refused, Place place) {
        WorkloadToken token = refused.token();
        Map<String, String> facts =
                token == null ? Map.of("token_hash", refused.hash()) : token.facts();
        String cause = "workload token: " + refused.cause().code() + ": " + refused.detail();
        return refused.retry()
                ? new OAuthException(
                        OAuthError.TEMPORARILY_UNAVAILABLE,
                        "the issuer's keys cannot be had now",
                        cause,
                        facts)
                : place.refused(cause, facts);
    }

    /// What is offered for a token that was shown to a grant.
    ///
    /// @param client who proved itself beside it: nobody may, or the record would not tell by which
    ///   proof the token was issued
    Grant.Offer offer(
            String token,
            Optional<Client> client,
            Form form,
            Place place,
            @Nullable String issuedTokenType)
            throws OAuthException {
        if (client.isPresent()) {
            throw OAuthException.request(
                    "a workload token is proof enough: leave the client authentication out");
        }
        Assumed assumed = accept(token, form, Federation.Way.EXCHANGED, place);
        return offer(
                assumed,
                assumed.token().use().map(use -> new Grant.Use(use, place)).orElse(null),
                issuedTokenType);
    }

    /// What is offered for a client's assertion, whose use is taken already.
    Grant.Offer offer(Assumed assumed) {
        return offer(assumed, null, null);
    }

    /// Nothing that is issued lives longer than the token itself would have been accepted.
    private Grant.Offer offer(
            Assumed assumed, Grant.@Nullable Use use, @Nullable String issuedTokenType) {
        WorkloadToken token = assumed.token();
        return new Grant.Offer(
                assumed.account(),
                Authentication.Method.FEDERATED,
                assumed.credential() == null ? null : assumed.credential().id(),
                token.issuer().name(),
                token.workload().entity(),
                null,
                Duration.between(clock.instant(), token.refusedFrom()),
                List.of(),
                issuedTokenType,
                assumed,
                use);
    }
}
