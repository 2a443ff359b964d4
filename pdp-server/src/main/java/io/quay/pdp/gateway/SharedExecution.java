package io.quay.pdp.gateway;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.util.Optional;

/// Executes calls as a user that all accounts share. Safe for use by any number of threads.
final class SharedExecution implements Execution {
    /// Where the credential for an account's calls comes from.
    @FunctionalInterface
    interface Credentials {
        Prepared of(ServiceAccount account);
    }

    private final ExecutableOperations executable;
    private final Credentials credentials;
    private final Directory directory;
    private final Clock clock;

    SharedExecution(
            ExecutableOperations executable,
            Credentials credentials,
            Directory directory,
            Clock clock) {
        this.executable = executable;
        this.credentials = credentials;
        this.directory = directory;
        this.clock = clock;
    }

    /// One token for all.
    static Credentials in(CredentialFile file) {
        return _ -> {
            try {
                return new Prepared.Ready(file.get().authorization());
            } catch (CredentialFile.UnusableException e) {
                return new Prepared.Unavailable(String.valueOf(e.getMessage()));
            }
        };
    }

    @Override
    public Prepared prepare(AllowedCall call) {
        Optional<Prepared> refusal = executable.refusal(call);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        ServiceAccount account = call.account();
        boolean current =
                directory
                        .find(account.name())
                        .filter(now -> now.id().equals(account.id()))
                        .filter(now -> now.usableAt(clock.instant()))
                        .isPresent();
        return current
                ? credentials.of(account)
                : new Prepared.Refused(
                        Cause.ACCOUNT_DISABLED, "the service account is disabled or has expired");
    }
}
