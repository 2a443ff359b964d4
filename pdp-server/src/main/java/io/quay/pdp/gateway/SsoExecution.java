package io.quay.pdp.gateway;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Executes calls as the account itself: with a short-lived token of ours for its own user in Quay.
/// Safe for use by any number of threads.
final class SsoExecution implements Execution {
    private final ExecutableOperations executable = new ExecutableOperations(false, null);
    private final AccountTokens tokens;
    private final Identities identities;
    private final @Nullable Enrolling enrolling;
    private final Directory directory;
    private final Clock clock;

    /// @param enrolling puts accounts into teams; null = nobody does
    SsoExecution(
            AccountTokens tokens,
            Identities identities,
            @Nullable Enrolling enrolling,
            Directory directory,
            Clock clock) {
        this.tokens = tokens;
        this.identities = identities;
        this.enrolling = enrolling;
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public Prepared prepare(AllowedCall call) {
        Optional<Prepared> refusal = executable.refusal(call);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        ServiceAccount account = call.account();
        if (!current(account)) {
            return new Prepared.Refused(
                    Cause.ACCOUNT_DISABLED, "the service account is disabled or has expired");
        }
        String authorization = tokens.authorization(account);
        Identities.Identity identity = identities.of(account, authorization);
        if (!(identity instanceof Identities.Identity.Same)) {
            return Identities.refusal(identity);
        }
        if (enrolling != null) {
            enrolling.seen(account);
            Optional<Prepared> notIn =
                    enrolling.require(account, organization(call), authorization);
            if (notIn.isPresent()) {
                return notIn.get();
            }
        }
        identities.beforeExecuting(call.operation(), account);
        return new Prepared.Ready(authorization);
    }

    /// Between decision and act the account may have been disabled, or another made of its name.
    private boolean current(ServiceAccount account) {
        return directory
                .find(account.name())
                .filter(now -> now.id().equals(account.id()))
                .filter(now -> now.usableAt(clock.instant()))
                .isPresent();
    }

    /// The organization, or user's namespace, that a call is about.
    private static @Nullable String organization(AllowedCall call) {
        return call.resource().type().equals(EntityTypes.USER)
                ? null
                : ExecutableOperations.namespace(call.resource()).orElse(null);
    }
}
