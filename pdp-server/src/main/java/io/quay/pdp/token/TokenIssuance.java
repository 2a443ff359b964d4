package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.ops.SteadyClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The token endpoint without its transport: authenticates the client, asks the grant for its
/// offer, narrows it to what is wanted, issues, records, answers. No grant can forget a step that
/// all need. Safe for use by any number of threads.
public final class TokenIssuance {
    private static final Duration TOLERATED = Duration.ofSeconds(60);

    /// @param scopes that exist
    /// @param audiences that tokens may be for, besides us
    public record Settings(Set<String> scopes, Set<String> audiences) {
        public Settings {
            scopes = Set.copyOf(scopes);
            audiences = Set.copyOf(audiences);
        }
    }

    /// A request as it came in.
    ///
    /// @param authorization the header; null = none
    public record Call(
            @Nullable String authorization,
            Form form,
            @Nullable String requestId,
            @Nullable String sourceIp) {}

    /// @param scope null = the token is not narrowed
    /// @param issuedTokenType for exchanges only (RFC 8693 §2.2.1)
    public record Answer(
            String accessToken,
            long expiresIn,
            @Nullable String scope,
            @Nullable String issuedTokenType) {
        /// Without the token itself.
        @Override
        public String toString() {
            return "Answer[" + expiresIn + " s]";
        }
    }

    private final Settings settings;
    private final List<Grant> grants;
    private final ClientAuthentication clients;
    private final AccessTokens tokens;
    private final Directory directory;
    private final SpentOnce spent;
    private final TokenWishes wishes;
    private final TokenRecords records;
    private final SteadyClock clock;
    private final @Nullable DirectTokens direct;

    /// What it works with.
    public record Parts(
            AccessTokens tokens,
            Directory directory,
            SpentOnce spent,
            EventLog events,
            WorkloadNames names,
            DecisionIds ids,
            SteadyClock clock) {}

    /// Issues no tokens for Quay.
    public TokenIssuance(
            Settings settings, List<Grant> grants, ClientAuthentication clients, Parts parts) {
        this(settings, grants, clients, parts, null);
    }

    /// @param direct tokens for Quay; null = none are issued
    public TokenIssuance(
            Settings settings,
            List<Grant> grants,
            ClientAuthentication clients,
            Parts parts,
            @Nullable DirectTokens direct) {
        this.direct = direct;
        this.settings = settings;
        this.grants = List.copyOf(grants);
        this.clients = clients;
        this.tokens = parts.tokens();
        this.directory = parts.directory();
        this.spent = parts.spent();
        this.wishes = new TokenWishes(settings, parts.tokens().settings());
        this.records = new TokenRecords(parts.events(), parts.names(), parts.ids(), parts.clock());
        this.clock = parts.clock();
    }

    /// Every way to get a token.
    public List<Grant> grants() {
        return grants;
    }

    public Settings settings() {
        return settings;
    }

    /// @throws OAuthException when no token is issued; recorded already
    public Answer token(Call call) throws OAuthException {
        Optional<Client> client = Optional.empty();
        Optional<EventLog.Spent> assertion = Optional.empty();
        Grant.Offer offer = null;
        try {
            requireTime();
            Grant grant = grant(call.form());
            client = clients.authenticate(call.authorization(), call.form());
            assertion = taken(client);
            offer = grant.offer(client, call.form());
            DirectTokens forQuay = direct;
            if (forQuay != null && forQuay.wanted(call.form())) {
                List<String> permits = forQuay.require(offer, call);
                take(offer);
                DirectTokens.Direct made = forQuay.mint(offer, permits);
                return issued(
                        call, grant, client, offer, made.compact(), made.token(), made.policies());
            }
            AccessTokens.Order order = narrowed(offer, call.form());
            take(offer);
            AccessTokens.Issued made = tokens.issue(order);
            return issued(call, grant, client, offer, made.compact(), made.token(), List.of());
        } catch (OAuthException e) {
            records.refused(call, grants, client, assertion, offer, e);
            throw e;
        }
    }

    /// Nothing is issued for the past.
    private void requireTime() throws OAuthException {
        if (clock.behind().compareTo(TOLERATED) > 0) {
            throw unavailable("the server's clock is behind what was recorded: it was set back");
        }
    }

    private static OAuthException unavailable(String cause) {
        return new OAuthException(
                OAuthError.TEMPORARILY_UNAVAILABLE, "no tokens can be issued now", cause);
    }

    private Grant grant(Form form) throws OAuthException {
        String type = form.required("grant_type");
        if (form.one("authorization_details").isPresent()) {
            // To ignore a wish for less would be to give more.
            throw new OAuthException(
                    OAuthError.INVALID_AUTHORIZATION_DETAILS,
                    "authorization_details are not offered: narrow with scope",
                    "authorization_details");
        }
        return grants.stream()
                .filter(each -> each.type().equals(type))
                .findFirst()
                .orElseThrow(() ->
                        new OAuthException(
                                OAuthError.UNSUPPORTED_GRANT_TYPE,
                                "this grant_type is not offered",
                                "unknown grant_type"));
    }

    /// The assertion counts as used from here on, whatever becomes of the request.
    private Optional<EventLog.Spent> taken(Optional<Client> client) throws OAuthException {
        Optional<EventLog.Spent> assertion = client.map(Client::spent);
        if (assertion.isPresent()) {
            take(assertion.get(), WorkloadTokens.Place.CLIENT_ASSERTION);
        }
        return assertion;
    }

    /// Last of all: a request that is refused for something else uses nothing up.
    private void take(Grant.Offer offer) throws OAuthException {
        Grant.Use use = offer.use();
        if (use != null) {
            take(use.spent(), use.place());
        }
    }

    private void take(EventLog.Spent wanted, WorkloadTokens.Place place) throws OAuthException {
        switch (spent.take(wanted)) {
            case TAKEN -> {}
            case SPENT ->
                    throw place.refused(
                            "token or assertion: used before, as often as it may be", Map.of());
            case FULL -> throw unavailable("too many used tokens and assertions are remembered");
        }
    }

    private AccessTokens.Order narrowed(Grant.Offer offer, Form form) throws OAuthException {
        Duration usual = tokens.settings().lifetime();
        return new AccessTokens.Order(
                offer.account(),
                offer.method(),
                offer.credential(),
                offer.issuer(),
                offer.workload(),
                wishes.scopes(offer.ceiling(), form),
                wishes.audience(form),
                usual.compareTo(offer.longest()) < 0 ? usual : offer.longest(),
                offer.ancestors());
    }

    private Answer issued(
            Call call,
            Grant grant,
            Optional<Client> client,
            Grant.Offer offer,
            String compact,
            AccessToken token,
            List<String> permits)
            throws OAuthException {
        try {
            records.issued(call, grant, client, offer, token, permits);
        } catch (AuditUnavailableException e) {
            throw unavailable("the event cannot be recorded");
        }
        Stream.of(
                        client.map(Client::credentialId).orElse(null),
                        offer.exchanged() == null ? null : offer.credential())
                .filter(Objects::nonNull)
                .distinct()
                .forEach(credential -> directory.used(credential, clock.instant()));
        return new Answer(
                compact,
                Math.max(0, Duration.between(clock.instant(), token.expiresAt()).toSeconds()),
                token.scope(),
                offer.issuedTokenType());
    }
}
