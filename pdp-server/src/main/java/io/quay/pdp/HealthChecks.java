package io.quay.pdp;

import io.quay.pdp.ops.Check;
import io.quay.pdp.ops.Health;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.SigningKey;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Supplier;

/// What `/readyz` looks at.
final class HealthChecks implements Supplier<Health> {
    private static final int SHOWN = 10;

    private final ActivePolicies policies;
    private final SqliteDecisionLog log;
    private final KeyRing ring;

    HealthChecks(ActivePolicies policies, SqliteDecisionLog log, KeyRing ring) {
        this.policies = policies;
        this.log = log;
        this.ring = ring;
    }

    @Override
    public Health get() {
        SequencedMap<String, Supplier<Check>> checks = new LinkedHashMap<>();
        checks.put("policies", this::policiesInForce);
        checks.put("store", log::health);
        checks.put("signing_keys", this::keysPresent);
        return Health.ask(checks);
    }

    private Check policiesInForce() {
        return policies.failure()
                .map(failure ->
                        Check.degraded(
                                "policies",
                                "the last good set "
                                        + policies.get().version()
                                        + " is in force; refused at "
                                        + failure.time()
                                        + ": "
                                        + String.join(
                                                " | ",
                                                failure.problems().stream()
                                                        .limit(SHOWN)
                                                        .map(Problem::toString)
                                                        .toList())))
                .orElseGet(() -> Check.ok("policies", policies.get().version()));
    }

    private Check keysPresent() {
        long active =
                ring.keys().stream().filter(key -> key.state() == SigningKey.State.ACTIVE).count();
        return active == KeyRing.ALGORITHMS.size()
                ? Check.ok("signing_keys", active + " active")
                : Check.failed("signing_keys", active + " active");
    }
}
