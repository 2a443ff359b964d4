package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.decision.AdminDecision;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Knowledge;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Tokens for Quay at the token endpoint. Each is the account's whole user in Quay, past this
/// server: only where an admin policy permits `mintQuayToken`, only while Quay takes the account
/// for its own user, never narrowed, never from another token of ours. Safe for use by any number
/// of threads.
public final class DirectTokens {
    private static final String ACTION = "mintQuayToken";

    private final QuayTokens tokens;
    private final Supplier<? extends Knowledge> policies;
    private final Directory directory;
    private final QuayUsers users;
    private final Clock clock;

    public DirectTokens(
            QuayTokens tokens,
            Supplier<? extends Knowledge> policies,
            Directory directory,
            QuayUsers users,
            Clock clock) {
        this.tokens = tokens;
        this.policies = policies;
        this.directory = directory;
        this.users = users;
        this.clock = clock;
    }

    /// A token that may be handed out once its event is kept.
    ///
    /// @param token what its event says of it
    /// @param policies the policies that permit it
    record Direct(String compact, AccessToken token, List<String> policies) {
        Direct {
            policies = List.copyOf(policies);
        }

        /// Without the token itself.
        @Override
        public String toString() {
            return "Direct[" + token.id() + "]";
        }
    }

    /// Whether a request is for a token for Quay, among others or not.
    boolean wanted(Form form) {
        String audience = tokens.settings().audience();
        return form.many("audience").contains(audience) || form.many("resource").contains(audience);
    }

    /// @return the policies that permit it
    List<String> require(Grant.Offer offer, TokenIssuance.Call call) throws OAuthException {
        Form form = call.form();
        if (form.many("audience").size() + form.many("resource").size() != 1) {
            throw refused("a token for Quay is for Quay alone", "audiences beside Quay's");
        }
        if (form.one("scope").isPresent()) {
            throw new OAuthException(
                    OAuthError.INVALID_SCOPE,
                    "a token for Quay cannot be narrowed: it is the whole user",
                    "scope of a token for Quay");
        }
        if (offer.ceiling() != null) {
            throw refused(
                    "a token that is narrowed to scopes is not exchanged for one for Quay",
                    "token for Quay from a scoped token");
        }
        if (!offer.ancestors().isEmpty()) {
            throw refused(
                    "no token of this server is exchanged for one for Quay: show the credential",
                    "token for Quay from another token");
        }
        List<String> permits = permitted(offer, call.sourceIp());
        requireOwnUser(offer);
        return permits;
    }

    /// Last: Quay makes a user for whoever asks first, which only a permitted account may.
    private void requireOwnUser(Grant.Offer offer) throws OAuthException {
        switch (users.of(offer.account())) {
            case QuayUsers.Standing.Own _ -> {}
            case QuayUsers.Standing.Another(String message) ->
                    throw refused(
                            "Quay does not take this account for its own user: see pdp quay doctor",
                            "token for Quay: identity_mismatch: " + message);
            case QuayUsers.Standing.Unknown(String message) ->
                    throw new OAuthException(
                            OAuthError.TEMPORARILY_UNAVAILABLE,
                            "Quay does not say now who this account is there",
                            "token for Quay: quay_unavailable: " + message);
        }
    }

    private List<String> permitted(Grant.Offer offer, @Nullable String sourceIp)
            throws OAuthException {
        Authentication proof =
                new Authentication(
                        offer.method(),
                        offer.issuer(),
                        offer.workload(),
                        clock.instant(),
                        null,
                        offer.credential(),
                        null);
        Decision decision =
                AdminDecision.decide(
                        policies.get(),
                        new Subject.Proved(offer.account().entity(), proof, ceiling(offer)),
                        ACTION,
                        EntityRef.registry(),
                        clock.instant(),
                        sourceIp);
        return switch (decision) {
            case Decision.Allow allow ->
                    allow.reasons().stream().map(Reason::policy).distinct().toList();
            case Decision.Deny deny -> throw unpermitted("token for Quay: " + deny.cause().code());
            case Decision.Indeterminate _ -> throw unpermitted("token for Quay: evaluation_error");
        };
    }

    private @Nullable Ceiling ceiling(Grant.Offer offer) {
        String credential = offer.credential();
        return credential == null
                ? null
                : Optional.of(credential)
                        .flatMap(directory::findCredential)
                        .map(Credential::ceiling)
                        .orElse(null);
    }

    private static OAuthException unpermitted(String cause) {
        return refused("no policy permits this account tokens for Quay: " + ACTION, cause);
    }

    private static OAuthException refused(String description, String cause) {
        return new OAuthException(OAuthError.INVALID_TARGET, description, cause);
    }

    /// Five minutes, or what the offer leaves of them.
    Direct mint(Grant.Offer offer, List<String> policies) {
        QuayTokens.Minted minted =
                tokens.mint(
                        offer.account(),
                        offer.longest().compareTo(QuayTokens.MAX_LIFETIME) < 0
                                ? offer.longest()
                                : QuayTokens.MAX_LIFETIME);
        return new Direct(
                minted.compact(),
                new AccessToken(
                        minted.id(),
                        offer.account().name(),
                        offer.account().id(),
                        offer.method(),
                        offer.credential(),
                        offer.issuer(),
                        offer.workload(),
                        null,
                        List.of(tokens.settings().audience()),
                        minted.issuedAt(),
                        minted.expiresAt(),
                        List.of()),
                policies);
    }
}
