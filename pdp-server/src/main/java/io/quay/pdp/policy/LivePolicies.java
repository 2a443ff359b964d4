package io.quay.pdp.policy;

import io.quay.pdp.identity.OtherAccounts;
import java.util.function.Supplier;

/// What decides now: the loaded policy repository and the accounts that the API made. Each call
/// takes a fresh look; keep one for the whole of a request. Safe for use by any number of threads.
public final class LivePolicies implements Supplier<LiveView> {
    private final Supplier<Snapshot> policies;
    private final OtherAccounts others;

    public LivePolicies(Supplier<Snapshot> policies, OtherAccounts others) {
        this.policies = policies;
        this.others = others;
    }

    @Override
    public LiveView get() {
        return new LiveView(policies.get(), others);
    }
}
