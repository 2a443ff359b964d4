package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.ops.SteadyClock;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The token endpoint without its transport: authenticates the client, asks the grant for its
/// offer, narrows it to what is wanted, issues, records, answers. No grant can forget a step that
/// all need. Safe for use by any number of threads.
public final class TokenIssuance {
    private static final Duration TOLERATED = Duration.ofSeconds(60);
    private static final Pattern SCOPE =
            Pattern.compile("[\\x21\\x23-\\x5b\\x5d-\\x7e]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*");

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
    private final EventLog events;
    private final DecisionIds ids;
    private final SteadyClock clock;

    /// What it works with.
    public record Parts(
            AccessTokens tokens,
            Directory directory,
            SpentOnce spent,
            EventLog events,
            DecisionIds ids,
            SteadyClock clock) {}

    public TokenIssuance(
            Settings settings, List<Grant> grants, ClientAuthentication clients, Parts parts) {
        this.settings = settings;
        this.grants = List.copyOf(grants);
        this.clients = clients;
        this.tokens = parts.tokens();
        this.directory = parts.directory();
        this.spent = parts.spent();
        this.events = parts.events();
        this.ids = parts.ids();
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
        EventLog.Spent assertion = null;
        try {
            requireTime();
            Grant grant = grant(call.form());
            client = clients.authenticate(call.authorization(), call.form());
            assertion = taken(client);
            Grant.Offer offer = grant.offer(client, call.form());
            AccessTokens.Issued issued = tokens.issue(narrowed(offer, call.form()));
            return issued(call, grant, client, offer, issued);
        } catch (OAuthException e) {
            record(call, client, assertion, e);
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
    private EventLog.@Nullable Spent taken(Optional<Client> client) throws OAuthException {
        EventLog.Spent assertion = client.map(Client::spent).orElse(null);
        if (assertion != null && !spent.take(assertion)) {
            throw OAuthException.client("client assertion: used before");
        }
        return assertion;
    }

    private AccessTokens.Order narrowed(Grant.Offer offer, Form form) throws OAuthException {
        Duration usual = tokens.settings().lifetime();
        return new AccessTokens.Order(
                offer.account(),
                offer.method(),
                offer.credential(),
                offer.issuer(),
                offer.workload(),
                scopes(offer.ceiling(), form),
                audience(form),
                usual.compareTo(offer.longest()) < 0 ? usual : offer.longest(),
                offer.ancestors());
    }

    /// Without a wish all that is offered; never less than what was asked for.
    private @Nullable Set<String> scopes(@Nullable Set<String> ceiling, Form form)
            throws OAuthException {
        Optional<String> wish = form.one("scope");
        if (wish.isEmpty()) {
            return ceiling;
        }
        if (!SCOPE.matcher(wish.get()).matches()) {
            throw scope("scope is not a list of scope names");
        }
        Set<String> wanted = new HashSet<>(List.of(wish.get().split(" ")));
        if (!settings.scopes().containsAll(wanted)) {
            throw scope("scope names one that does not exist");
        }
        if (ceiling != null && !ceiling.containsAll(wanted)) {
            throw scope("scope asks for more than the subject token has");
        }
        return wanted;
    }

    private static OAuthException scope(String description) {
        return new OAuthException(OAuthError.INVALID_SCOPE, description, description);
    }

    /// One audience a token (RFC 8707 §2): a token for two can be used by each against the other.
    private String audience(Form form) throws OAuthException {
        List<String> wanted = new ArrayList<>(form.many("audience"));
        for (String resource : form.many("resource")) {
            requireUri(resource);
            wanted.add(resource);
        }
        Set<String> distinct = Set.copyOf(wanted);
        if (distinct.isEmpty()) {
            return tokens.settings().issuer();
        }
        String only = wanted.getFirst();
        boolean known =
                only.equals(tokens.settings().issuer()) || settings.audiences().contains(only);
        if (distinct.size() > 1 || !known || tokens.settings().refusedAudiences().contains(only)) {
            throw new OAuthException(
                    OAuthError.INVALID_TARGET,
                    "audience or resource is not one that tokens are issued for, or more than one",
                    "unknown target");
        }
        return only;
    }

    private static void requireUri(String resource) throws OAuthException {
        try {
            URI uri = new URI(resource);
            if (uri.isAbsolute() && uri.getRawFragment() == null) {
                return;
            }
        } catch (URISyntaxException _) {
            // refused below
        }
        throw new OAuthException(
                OAuthError.INVALID_TARGET,
                "resource is not an absolute URI without a fragment",
                "malformed resource");
    }

    private Answer issued(
            Call call,
            Grant grant,
            Optional<Client> client,
            Grant.Offer offer,
            AccessTokens.Issued issued)
            throws OAuthException {
        AccessToken token = issued.token();
        Map<String, String> details = new LinkedHashMap<>();
        details.put("grant_type", grant.type());
        details.put("audience", String.join(" ", token.audience()));
        details.put("expires_at", token.expiresAt().toString());
        if (token.scope() != null) {
            details.put("scope", token.scope());
        }
        if (!token.ancestors().isEmpty()) {
            details.put("subject_token", token.ancestors().getLast());
        }
        ServiceAccount account = offer.account();
        keep(
                event(
                        call,
                        Event.Kind.TOKEN_ISSUED,
                        account.name(),
                        offer.credential(),
                        token.id(),
                        null,
                        details),
                client.map(Client::spent).orElse(null));
        client.ifPresent(proved -> directory.used(proved.credential().id(), clock.instant()));
        return new Answer(
                issued.compact(),
                Duration.between(clock.instant(), token.expiresAt()).toSeconds(),
                token.scope(),
                offer.issuedTokenType());
    }

    private void keep(Event event, EventLog.@Nullable Spent assertion) throws OAuthException {
        try {
            events.append(event, assertion);
        } catch (AuditUnavailableException e) {
            throw unavailable("the event cannot be recorded");
        }
    }

    private void record(
            Call call,
            Optional<Client> client,
            EventLog.@Nullable Spent assertion,
            OAuthException refusal) {
        String account =
                client.map(proved -> proved.account().name()).orElseGet(() -> claimed(call.form()));
        Map<String, String> details = new LinkedHashMap<>();
        details.put("reason", refusal.auditCause());
        try {
            grants.stream()
                    .filter(grant -> call.form().many("grant_type").contains(grant.type()))
                    .findFirst()
                    .ifPresent(grant -> details.put("grant_type", grant.type()));
            events.append(
                    new Event(
                            ids.next(),
                            clock.instant(),
                            Event.Kind.TOKEN_REFUSED,
                            client.map(proved -> proved.account().name()).orElse(null),
                            client.map(proved -> proved.credential().id()).orElse(null),
                            account,
                            null,
                            refusal.error().code(),
                            List.of(),
                            call.requestId(),
                            call.sourceIp(),
                            details),
                    assertion);
        } catch (AuditUnavailableException _) {
            // Nothing was issued: the refusal stands without its record, and the log's health says
            // why.
        }
    }

    /// The account that an unproved request names, if such a name can be one.
    private static @Nullable String claimed(Form form) {
        return form.many("client_id").stream()
                .filter(name -> ServiceAccount.NAME.matcher(name).matches())
                .findFirst()
                .orElse(null);
    }

    private Event event(
            Call call,
            Event.Kind kind,
            String account,
            @Nullable String credential,
            @Nullable String target,
            @Nullable String cause,
            Map<String, String> details) {
        return new Event(
                ids.next(),
                clock.instant(),
                kind,
                account,
                credential,
                account,
                target,
                cause,
                List.of(),
                call.requestId(),
                call.sourceIp(),
                details);
    }
}
