package io.quay.pdp.token;

import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/// Token exchange (RFC 8693): of an access token of ours for a narrower one, or of a workload token
/// for an access token of the account that `client_id` names.
public final class TokenExchange implements Grant {
    private static final String PREFIX = "urn:ietf:params:oauth:token-type:";
    private static final String ACCESS_TOKEN = PREFIX + "access_token";
    private static final Set<String> WORKLOAD_TOKENS = Set.of(PREFIX + "jwt", PREFIX + "id_token");
    private static final Set<String> REQUESTABLE = Set.of(ACCESS_TOKEN, PREFIX + "jwt");

    private final Narrowing narrowing;
    private final WorkloadTokens workloads;

    public TokenExchange(AccessTokens tokens, WorkloadTokens workloads, Clock clock) {
        this.narrowing = new Narrowing(tokens, clock);
        this.workloads = workloads;
    }

    @Override
    public String type() {
        return "urn:ietf:params:oauth:grant-type:token-exchange";
    }

    @Override
    public Offer offer(Optional<Client> client, Form form) throws OAuthException {
        String subject = form.required("subject_token");
        String type = form.required("subject_token_type");
        if (!type.equals(ACCESS_TOKEN) && !WORKLOAD_TOKENS.contains(type)) {
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
        return type.equals(ACCESS_TOKEN)
                ? narrowing.offer(subject, client, form, ACCESS_TOKEN)
                : workloads.offer(
                        subject, client, form, WorkloadTokens.Place.SUBJECT_TOKEN, ACCESS_TOKEN);
    }
}
