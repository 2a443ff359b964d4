package io.quay.pdp.token;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.token.AccessTokens.Standing;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Introspection (RFC 7662) and revocation (RFC 7009) without their transport. Safe for use by any
/// number of threads.
public final class TokenStatus {
    private final ClientAuthentication clients;
    private final AccessTokens tokens;
    private final Administration administration;
    private final SpentOnce spent;
    private final EventLog events;
    private final DecisionIds ids;
    private final Clock clock;

    public TokenStatus(
            ClientAuthentication clients,
            Administration administration,
            TokenIssuance.Parts parts) {
        this.clients = clients;
        this.administration = administration;
        this.tokens = parts.tokens();
        this.spent = parts.spent();
        this.events = parts.events();
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    /// The client behind a request of one of the two endpoints.
    private Client client(TokenIssuance.Call call) throws OAuthException {
        Client client =
                clients.authenticate(call.authorization(), call.form())
                        .orElseThrow(() ->
                                OAuthException.client(
                                        "the request holds no client authentication"));
        EventLog.Spent assertion = client.spent();
        if (assertion != null) {
            switch (spent.take(assertion)) {
                case TAKEN -> keep(call, client, assertion);
                case SPENT -> throw OAuthException.client("client assertion: used before");
                case FULL ->
                        throw unavailable("too many used tokens and assertions are remembered");
            }
        }
        return client;
    }

    private static OAuthException unavailable(String cause) {
        return new OAuthException(
                OAuthError.TEMPORARILY_UNAVAILABLE, "clients cannot be authenticated now", cause);
    }

    /// That an assertion was used outlives a restart.
    private void keep(TokenIssuance.Call call, Client client, EventLog.Spent assertion)
            throws OAuthException {
        Event event =
                new Event(
                        ids.next(),
                        clock.instant(),
                        Event.Kind.CLIENT_AUTHENTICATED,
                        client.account().name(),
                        client.credentialId(),
                        client.account().name(),
                        null,
                        null,
                        List.of(),
                        call.requestId(),
                        call.sourceIp(),
                        client.workload() == null ? Map.of() : client.workload().token().facts());
        try {
            events.append(event, assertion);
        } catch (AuditUnavailableException e) {
            throw unavailable("the event cannot be recorded");
        }
    }

    /// What is to be told of a token to the account that it belongs to; empty = it is not active.
    public Optional<AccessToken> introspect(TokenIssuance.Call call) throws OAuthException {
        Client client = client(call);
        return active(call.form().required("token"))
                .filter(token -> token.accountId().equals(client.account().id()));
    }

    /// As above, for a resource server of ours, which may ask about every token that is for us.
    public Optional<AccessToken> introspectForResourceServer(Form form) throws OAuthException {
        return active(form.required("token"));
    }

    private Optional<AccessToken> active(String compact) {
        return tokens.look(compact) instanceof Standing.Live live
                ? Optional.of(live.token())
                : Optional.empty();
    }

    /// Revokes a token of the client's own. One that is no token of ours, or has expired, is fine
    /// (RFC 7009 §2.2).
    public void revoke(TokenIssuance.Call call) throws OAuthException {
        Client client = client(call);
        Optional<AccessToken> token = tokens.issued(call.form().required("token"));
        if (token.isEmpty()) {
            return;
        }
        if (!token.get().accountId().equals(client.account().id())) {
            throw new OAuthException(
                    OAuthError.UNAUTHORIZED_CLIENT,
                    "the token is not the client's own",
                    "token of another account");
        }
        try {
            administration.revokeToken(
                    client.account().name(),
                    client.credentialId(),
                    token.get().id(),
                    call.requestId(),
                    call.sourceIp());
        } catch (RefusedException e) {
            throw new OAuthException(
                    OAuthError.TEMPORARILY_UNAVAILABLE,
                    "the token could not be revoked now and may still be valid",
                    String.valueOf(e.getMessage()));
        }
    }
}
