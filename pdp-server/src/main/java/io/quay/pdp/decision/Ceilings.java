package io.quay.pdp.decision;

import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.ServiceAccount;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Holds decisions to what a credential allows at most.
final class Ceilings {
    private static final String OLDER =
            "the credential is older than this right of the account: whoever gave the right must"
                    + " rotate the credential";

    private Ceilings() {}

    /// Decides for the account as it is, and once more as it was when the ceiling was drawn: only
    /// what both allow is allowed. The same question is put each time, so what an account lost
    /// since stays lost, and a forbid on what it was still holds.
    ///
    /// @param ceiling null = the credential is as strong as the account
    /// @param decide with the account as this knowledge has it
    static Decision decide(
            Knowledge knowledge,
            ServiceAccount account,
            @Nullable Ceiling ceiling,
            Function<Knowledge, Decision> decide) {
        Decision now = decide.apply(knowledge);
        if (ceiling == null || !now.allowed()) {
            return now;
        }
        return switch (decide.apply(knowledge.with(ceiling.applyTo(account)))) {
            case Decision.Allow _ -> now;
            case Decision.Deny denied ->
                    new Decision.Deny(Cause.NO_PERMIT, OLDER, List.of(), denied.version());
            case Decision.Indeterminate indeterminate -> indeterminate;
        };
    }
}
