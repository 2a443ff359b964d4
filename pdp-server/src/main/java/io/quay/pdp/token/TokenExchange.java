package io.quay.pdp.token;

import io.quay.pdp.token.AccessTokens.Standing;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Token exchange (RFC 8693) of an access token of ours for a narrower one. Its bearer needs no
/// other proof; what it gets lives no longer and may no more than what it showed.
public final class TokenExchange implements Grant {
    private static final String PREFIX = "urn:ietf:params:oauth:token-type:";
    private static final String ACCESS_TOKEN = PREFIX + "access_token";
    private static final Set<String> REQUESTABLE = Set.of(ACCESS_TOKEN, PREFIX + "jwt");

    /// A chain of exchanges ends somewhere.
    private static final int MAX_ANCESTORS = 5;

    private final AccessTokens tokens;
    private final Clock clock;

    public TokenExchange(AccessTokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    @Override
    public String type() {
        return "urn:ietf:params:oauth:grant-type:token-exchange";
    }

    @Override
    public Offer offer(Optional<Client> client, Form form) throws OAuthException {
        String subject = form.required("subject_token");
        if (!form.required("subject_token_type").equals(ACCESS_TOKEN)) {
            throw OAuthException.request("subject_token_type is not one that is taken here");
        }
        Optional<String> requested = form.one("requested_token_type");
        if (requested.isPresent() && !REQUESTABLE.contains(requested.get())) {
            throw OAuthException.request("requested_token_type is not one that is issued here");
        }
        if (form.one("actor_token").isPresent() || form.one("actor_token_type").isPresent()) {
            throw OAuthException.request(
                    "actor tokens are not taken: nobody acts for another here");
        }
        return switch (tokens.look(subject)) {
            case Standing.Dead dead ->
                    throw new OAuthException(
                            OAuthError.INVALID_REQUEST,
                            "the subject token is not accepted",
                            "subject token: " + dead.message());
            case Standing.Live live -> offer(live, client, form);
        };
    }

    private Offer offer(Standing.Live live, Optional<Client> client, Form form)
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
        return new Offer(
                live.account(),
                token.method(),
                token.credential(),
                token.issuer(),
                token.workload(),
                token.scopes(),
                Duration.between(clock.instant(), token.expiresAt()),
                ancestors,
                ACCESS_TOKEN);
    }
}
