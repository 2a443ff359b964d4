package io.quay.pdp;

import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.ops.Metrics.Counter;
import io.quay.pdp.ops.Metrics.Gauge;
import io.quay.pdp.ops.Metrics.Reading;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.token.AccessTokens;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rooms' doings as metrics. The rooms know nothing of it.
final class Measured {
    private static final String DENY = "deny";

    private final Metrics metrics;

    Measured(Metrics metrics) {
        this.metrics = metrics;
    }

    void show(ActivePolicies policies, Bootstrap bootstrap) {
        metrics.show(Gauge.BOOTSTRAP_ACTIVE, () -> Reading.of(bootstrap.activeUntil().isPresent()));
        metrics.show(Gauge.POLICY_INFO, () -> new Reading(1, List.of(policies.get().version())));
        metrics.show(Gauge.POLICIES, () -> Reading.of(policies.get().policyCount()));
        metrics.show(Gauge.POLICY_LOAD_FAILED, () -> Reading.of(policies.failure().isPresent()));
        metrics.show(Gauge.POLICY_LOADS_FAILED, () -> Reading.of((double) policies.failedLoads()));
    }

    void show(SqliteDecisionLog log, AccessTokens tokens) {
        metrics.show(Gauge.LOG_QUEUE, () -> Reading.of(log.waiting()));
        metrics.show(Gauge.TOKENS_REMEMBERED, () -> Reading.of((double) tokens.rememberedCount()));
    }

    /// The same log, counting what is decided.
    DecisionLog decisions(DecisionLog log) {
        return new DecisionLog() {
            @Override
            public void append(DecisionRecord decision) {
                recorded(
                        () -> log.append(decision),
                        decision.allowed() ? "allow" : DENY,
                        decision.cause());
            }

            @Override
            public Keeping take(DecisionRecord decision) {
                String outcome = decision.allowed() ? "allow" : DENY;
                Keeping taken;
                try {
                    taken = log.take(decision);
                } catch (RuntimeException e) {
                    metrics.count(Counter.DECISIONS, DENY, Cause.AUDIT_UNAVAILABLE.code());
                    throw e;
                }
                return () -> recorded(taken::await, outcome, decision.cause());
            }

            @Override
            public void count(DeniedGroup group) {
                recorded(
                        () -> log.count(group),
                        DENY,
                        group.cause() == null ? "other" : group.cause());
            }
        };
    }

    /// What cannot be recorded is denied.
    private void recorded(Runnable record, String outcome, @Nullable String cause) {
        boolean kept = false;
        try {
            record.run();
            kept = true;
        } finally {
            metrics.count(
                    Counter.DECISIONS,
                    kept ? outcome : DENY,
                    kept ? (cause == null ? "" : cause) : Cause.AUDIT_UNAVAILABLE.code());
        }
    }

    /// The same log, counting tokens.
    EventLog events(EventLog log) {
        return (event, companions) -> {
            log.append(event, companions);
            String error = event.cause();
            if (event.kind() == Event.Kind.TOKEN_ISSUED) {
                metrics.count(Counter.TOKENS, "issued", grant(event), "");
            } else if (event.kind() == Event.Kind.TOKEN_REFUSED) {
                metrics.count(Counter.TOKENS, "refused", grant(event), error == null ? "" : error);
            }
        };
    }

    /// The grant type in short, the last part of a URN; `unknown` when it is none of ours.
    private static String grant(Event event) {
        String type = event.details().getOrDefault("grant_type", "unknown");
        return type.substring(type.lastIndexOf(':') + 1);
    }

    /// @param operation its `operationId`
    void administered(String operation, int status) {
        metrics.count(
                Counter.ADMINISTRATION,
                operation,
                status < 400 ? "done" : status < 500 ? "refused" : "failed");
    }
}
