package io.quay.pdp.token;

import io.quay.pdp.token.AccessTokens.Standing;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The exchange of an access token of ours for a narrower one. Its bearer needs no other proof;
/// what it gets lives no longer and may no more than what it showed.
final class Narrowing {
    /// A chain of exchanges ends somewhere.
    private static final int MAX_ANCESTORS = 5;

    private final AccessTokens tokens;
    private final Clock clock;

    Narrowing(AccessTokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    Grant.Offer offer(String subject, Optional<Client> client, Form form, String issuedTokenType)
            throws OAuthException {
        return switch (tokens.look(subject)) {
            case Standing.Dead dead ->
                    throw new OAuthException(
                            OAuthError.INVALID_REQUEST,
                            "the subject token is not accepted",
                            "subject token: " + dead.message());
            case Standing.Live live -> offer(live, client, form, issuedTokenType);
        };
    }

    private Grant.Offer offer(
            Standing.Live live, Optional<Client> client, Form form, String issuedTokenType)
            throws OAuthException {
        AccessToken token = live.token();
        boolean others =
                client.isPresent() && !client.get().account().id().equals(token.accountId());
        Optional<String> id = form.one("client_id");
        if (others || (id.isPresent() && !id.get().equals(token.account()))) {
            throw new OAuthException(
                    OAuthError.INVALID_REQUEST,
                    "the subject token is not accepted",
                    "subject token of another account");
        }
        if (token.ancestors().size() >= MAX_ANCESTORS) {
            throw OAuthException.request("the subject token was exchanged too often already");
        }
        List<String> ancestors = new ArrayList<>(token.ancestors());
        ancestors.add(token.id());
        return new Grant.Offer(
                live.account(),
                token.method(),
                token.credential(),
                token.issuer(),
                token.workload(),
                token.scopes(),
                Duration.between(clock.instant(), token.expiresAt()),
                ancestors,
                issuedTokenType);
    }
}
