package io.quay.pdp.token;

import java.util.List;
import java.util.Optional;

/// The client credentials grant (RFC 6749 §4.4).
public final class ClientCredentials implements Grant {
    @Override
    public String type() {
        return "client_credentials";
    }

    @Override
    public Offer offer(Optional<Client> client, Form form) throws OAuthException {
        Client proved =
                client.orElseThrow(
                        () -> OAuthException.client("the request holds no client authentication"));
        return new Offer(
                proved.account(),
                proved.method(),
                proved.credential().id(),
                null,
                null,
                null,
                AccessTokens.MAX_LIFETIME,
                List.of(),
                null);
    }
}
