package io.quay.pdp.federation;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Workload;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns a workload token into the service account that its bearer asks to be, when the trust
/// policies allow. The account is always named by the request, never picked. Safe for use by any
/// number of threads.
public final class Federation {
    private static final Logger LOG = LoggerFactory.getLogger(Federation.class);

    private final Supplier<? extends TrustedIssuers> policies;
    private final TokenVerifier verifier;
    private final Clock clock;

    public Federation(
            Supplier<? extends TrustedIssuers> policies, TokenVerifier verifier, Clock clock) {
        this.policies = policies;
        this.verifier = verifier;
        this.clock = clock;
    }

    public Subject assume(String token, String accountName) {
        TrustedIssuers trusted = policies.get();
        Instant now = clock.instant();
        EntityRef claimed = EntityRef.serviceAccount(accountName);
        return switch (verifier.verify(token, trusted.issuers(), now)) {
            case TokenVerifier.Verification.Rejected(
                            TokenVerifier.Reason reason,
                            String detail) -> {
                LOG.atInfo()
                        .addKeyValue("reason", reason)
                        .addKeyValue("detail", detail)
                        .addKeyValue("account", accountName)
                        .log("workload token refused");
                yield new Subject.Refused(Cause.INVALID_TOKEN, messageFor(reason), claimed, null);
            }
            case TokenVerifier.Verification.Verified verified ->
                    assume(trusted, verified, accountName, now);
        };
    }

    private static Subject assume(
            TrustedIssuers trusted,
            TokenVerifier.Verification.Verified verified,
            String accountName,
            Instant now) {
        EntityRef claimed = EntityRef.serviceAccount(accountName);
        return switch (ClaimMapper.map(verified)) {
            case ClaimMapper.Outcome.Refused(ClaimMapper.Cause cause, String detail) -> {
                LOG.atInfo()
                        .addKeyValue("issuer", verified.issuer().name())
                        .addKeyValue("reason", cause)
                        .addKeyValue("detail", detail)
                        .log("workload token refused");
                yield new Subject.Refused(
                        Cause.INVALID_TOKEN,
                        "the token's claims are not those of its kind",
                        claimed,
                        null);
            }
            case ClaimMapper.Outcome.Mapped(Workload workload) ->
                    assume(trusted, verified, workload, accountName, now);
        };
    }

    private static Subject assume(
            TrustedIssuers trusted,
            TokenVerifier.Verification.Verified verified,
            Workload workload,
            String accountName,
            Instant now) {
        EntityRef claimed = EntityRef.serviceAccount(accountName);
        Optional<ServiceAccount> account = trusted.accounts().find(accountName);
        if (account.isEmpty()) {
            return new Subject.Refused(
                    Cause.ACCOUNT_UNKNOWN,
                    "no service account has this name",
                    claimed,
                    workload.entity());
        }
        return switch (TrustDecision.decide(trusted, workload, account.get(), now)) {
            case Decision.Allow _ ->
                    new Subject.Proved(
                            claimed,
                            Authentication.federated(
                                    verified.issuer().name(),
                                    workload.entity(),
                                    verified.issuedAt()),
                            null);
            case Decision.Deny(Cause cause, var _, var _, var _) ->
                    new Subject.Refused(
                            cause,
                            "the workload may not assume this account",
                            claimed,
                            workload.entity());
            case Decision.Indeterminate _ ->
                    new Subject.Refused(
                            Cause.EVALUATION_ERROR,
                            "the trust policies cannot be evaluated",
                            claimed,
                            workload.entity());
        };
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
