package io.quay.pdp.federation;

import io.quay.pdp.audit.EventLog;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.federation.Assumption.Refused;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Turns a workload token into the service account that its bearer asks to be: one verification and
/// one trust decision, whichever way the token came. The account is always named by the request,
/// never picked. Safe for use by any number of threads.
///
/// A workload is trusted when a trust policy permits it, or when the account has an API credential
/// for exactly it; a forbid among the trust policies holds against both.
public final class Federation {
    /// The way in which a token came.
    ///
    /// @param kinds of issuers whose tokens are taken
    /// @param direct whether the token is shown as it is instead of being exchanged: then nobody
    ///   counts its uses
    public record Way(Set<IssuerKind> kinds, boolean direct) {
        public static final Way DIRECT = new Way(Set.of(IssuerKind.values()), true);
        public static final Way EXCHANGED = new Way(Set.of(IssuerKind.values()), false);
        public static final Way SVID = new Way(Set.of(IssuerKind.SPIFFE), false);

        public Way {
            kinds = Set.copyOf(kinds);
        }
    }

    private static final String NOT_TRUSTED = "the workload may not assume this account";

    private final Supplier<? extends TrustedIssuers> policies;
    private final TokenVerifier verifier;
    private final TokenReviewer reviewer;
    private final FederatedAccounts accounts;
    private final Clock clock;
    private final UnknownClaims unknown = new UnknownClaims();

    public Federation(
            Supplier<? extends TrustedIssuers> policies,
            TokenVerifier verifier,
            TokenReviewer reviewer,
            FederatedAccounts accounts,
            Clock clock) {
        this.policies = policies;
        this.verifier = verifier;
        this.reviewer = reviewer;
        this.accounts = accounts;
        this.clock = clock;
    }

    /// Whether the bearer of the token is the account. Uses of the token are not counted here: who
    /// issues something for it does that.
    public Assumption assume(String token, String accountName, Way way) {
        TrustedIssuers trusted = policies.get();
        Instant now = clock.instant();
        List<Issuer> issuers =
                trusted.issuers().stream().filter(it -> way.kinds().contains(it.kind())).toList();
        return switch (verifier.verify(token, issuers, now)) {
            case Verification.Rejected(TokenVerifier.Reason reason, String detail) ->
                    new Refused(
                            Cause.INVALID_TOKEN,
                            reason == TokenVerifier.Reason.KEYS_UNAVAILABLE,
                            messageFor(reason),
                            detail,
                            null,
                            ClientSecret.sha256Hex(token));
            case Verification.Verified verified -> {
                unknown.report(verified);
                yield switch (ClaimMapper.map(verified)) {
                    case ClaimMapper.Outcome.Refused(var cause, String detail) ->
                            new Refused(
                                    Cause.INVALID_TOKEN,
                                    false,
                                    "the token's claims are not those of its kind",
                                    cause + ": " + detail,
                                    null,
                                    verified.tokenHash());
                    case ClaimMapper.Outcome.Mapped(Workload workload) ->
                            reviewed(
                                    token,
                                    assume(
                                            trusted,
                                            WorkloadToken.of(token, verified, workload),
                                            accountName,
                                            way,
                                            now));
                };
            }
        };
    }

    private Assumption assume(
            TrustedIssuers trusted, WorkloadToken token, String accountName, Way way, Instant now) {
        if (way.direct() && token.issuer().replay() instanceof Replay.Uses) {
            return refused(
                    Cause.INVALID_TOKEN,
                    "tokens of this issuer are for one exchange: exchange it at the token endpoint"
                            + " for an access token",
                    "uses of the issuer's tokens are counted, so none is taken directly",
                    token);
        }
        Optional<ServiceAccount> account = trusted.accounts().find(accountName);
        if (account.isEmpty()) {
            return refused(
                    Cause.ACCOUNT_UNKNOWN, "no service account has this name", "no account", token);
        }
        return switch (TrustDecision.decide(trusted, token.workload(), account.get(), now)) {
            case Decision.Allow allow ->
                    standing(
                            new Assumed(
                                    account.get(),
                                    token,
                                    null,
                                    allow.reasons().stream().map(Reason::policy).toList()),
                            now);
            case Decision.Deny(Cause cause, String message, var _, var _) ->
                    byCredential(trusted, token, account.get(), now)
                            .orElseGet(() -> refused(cause, NOT_TRUSTED, message, token));
            case Decision.Indeterminate indeterminate -> unevaluated(indeterminate, token);
        };
    }

    private static Refused unevaluated(Decision.Indeterminate decision, WorkloadToken token) {
        return refused(
                Cause.EVALUATION_ERROR,
                "the trust policies cannot be evaluated",
                decision.fault(),
                token);
    }

    /// By a credential of the API, which needs no permit and bears no forbid.
    private Optional<Assumption> byCredential(
            TrustedIssuers trusted, WorkloadToken token, ServiceAccount account, Instant now) {
        Issuer issuer = token.issuer();
        return accounts.findFederated(account.id(), issuer, token.subject(), now)
                .map(credential ->
                        switch (trustIn(credential, issuer)
                                .decide(trusted, token.workload(), account, now)) {
                            case Decision.Allow _ ->
                                    standing(
                                            new Assumed(account, token, credential, List.of()),
                                            now);
                            case Decision.Deny deny ->
                                    refused(deny.cause(), NOT_TRUSTED, deny.message(), token);
                            case Decision.Indeterminate indeterminate ->
                                    unevaluated(indeterminate, token);
                        });
    }

    private static ApiTrust trustIn(Credential credential, Issuer issuer) {
        if (!(credential.proof() instanceof Credential.Proof.Federated proof)) {
            throw new IllegalStateException("not a federated credential: " + credential.id());
        }
        return new ApiTrust(
                proof.issuer(),
                proof.subject(),
                proof.audience() == null ? issuer.audience() : proof.audience());
    }

    /// Trusted; but may the account act, and was nothing revoked?
    private Assumption standing(Assumed assumed, Instant now) {
        WorkloadToken token = assumed.token();
        Credential credential = assumed.credential();
        if (!assumed.account().usableAt(now)) {
            return refused(
                    Cause.ACCOUNT_DISABLED,
                    "the service account is disabled or has expired",
                    "the account is disabled or has expired",
                    token);
        }
        return accounts.revoked(
                        assumed.account().id(),
                        credential == null ? null : credential.id(),
                        token.issuer().name(),
                        token.issuedAt())
                ? refused(
                        Cause.TOKEN_REVOKED,
                        "tokens of this account or issuer were revoked after this one was issued",
                        "revoked",
                        token)
                : assumed;
    }

    /// Where the issuer's cluster is asked about its tokens, its yes is needed too: last, because
    /// it costs a request, and only for a token that would be taken otherwise.
    private Assumption reviewed(String compact, Assumption assumption) {
        if (!(assumption instanceof Assumed assumed) || assumed.token().issuer().review() == null) {
            return assumption;
        }
        WorkloadToken token = assumed.token();
        return switch (reviewer.review(token.issuer(), compact)) {
            case TokenReviewer.Outcome.Authenticated(String username, String uid) ->
                    username.equals(token.subject())
                                    && (uid == null
                                            || Value.of(uid)
                                                    .equals(
                                                            token.workload()
                                                                    .attributes()
                                                                    .get("uid")))
                            ? assumption
                            : refused(
                                    Cause.INVALID_TOKEN,
                                    "the token is not accepted",
                                    "the cluster says that the token is another's",
                                    token);
            case TokenReviewer.Outcome.NotAuthenticated(String detail) ->
                    refused(Cause.INVALID_TOKEN, "the token is not accepted", detail, token);
            case TokenReviewer.Outcome.Unavailable(String detail) ->
                    new Refused(
                            Cause.INVALID_TOKEN,
                            true,
                            "the cluster cannot be asked about the token now",
                            detail,
                            token,
                            token.hash());
        };
    }

    /// Why the workload behind an access token that was issued for it earlier would not be trusted
    /// now; empty when it still is. Its token is not looked at again, nor its end: the access token
    /// has one of its own.
    ///
    /// @param issuerName as in `issuers.yaml` at that time
    /// @param credential the credential that vouched for it; null = trust policies did
    public Optional<String> objection(
            String issuerName,
            EventLog.Exchange exchange,
            ServiceAccount account,
            @Nullable Credential credential) {
        TrustedIssuers trusted = policies.get();
        Instant now = clock.instant();
        Workload workload = exchange.workload();
        Optional<Issuer> issuer =
                trusted.issuers().stream()
                        .filter(it -> it.name().equals(issuerName))
                        .filter(it -> it.issuer().equals(exchange.iss()))
                        .filter(it -> it.kind().entityType().equals(workload.entity().type()))
                        .findFirst();
        if (issuer.isEmpty()) {
            return Optional.of("the issuer behind the token is not trusted any more");
        }
        Decision decision =
                credential == null
                        ? TrustDecision.decide(trusted, workload, account, now)
                        : trustIn(credential, issuer.get()).decide(trusted, workload, account, now);
        return decision.allowed()
                ? Optional.empty()
                : Optional.of("the workload behind the token may not be this account any more");
    }

    private static Refused refused(
            Cause cause, String message, String detail, WorkloadToken token) {
        return new Refused(cause, false, message, detail, token, token.hash());
    }

    /// What the caller may know: nothing that helps to forge a better token.
    private static String messageFor(TokenVerifier.Reason reason) {
        return switch (reason) {
            case EXPIRED -> "the token has expired";
            case KEYS_UNAVAILABLE -> "the issuer's keys cannot be had now";
            case MALFORMED,
                    UNKNOWN_ISSUER,
                    ALGORITHM_NOT_ALLOWED,
                    NO_MATCHING_KEY,
                    BAD_SIGNATURE,
                    NOT_YET_VALID,
                    WRONG_AUDIENCE,
                    LIFETIME_TOO_LONG,
                    MISSING_CLAIM ->
                    "the token is not accepted";
        };
    }
}
