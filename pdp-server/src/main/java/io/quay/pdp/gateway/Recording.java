package io.quay.pdp.gateway;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.CallLog;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.RecordedDecisions;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records what became of calls. Safe for use by any number of threads.
final class Recording {
    private static final Logger LOG = LoggerFactory.getLogger(Recording.class);

    private final CallLog log;
    private final DecisionIds ids;
    private final Clock clock;
    private final GatewayEvents events;

    Recording(CallLog log, DecisionIds ids, Clock clock, GatewayEvents events) {
        this.log = log;
        this.ids = ids;
        this.clock = clock;
        this.events = events;
    }

    /// Says how the execution of an allowed call ended. When that cannot be kept it counts as
    /// unknown: the decision itself is on record.
    ///
    /// @param sentAt of `System.nanoTime`; null when it was not sent
    void ended(
            RecordedDecisions.Answer decision,
            State state,
            @Nullable Integer status,
            @Nullable Long sentAt,
            String requestId) {
        Long millis =
                sentAt == null ? null : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentAt);
        if (millis != null) {
            events.executed(state, millis);
        }
        try {
            log.ended(
                    CallRecord.ofDecision(
                            ids.next(), now(), decision.id(), state, status, millis, requestId),
                    decision.outcome().mutates());
        } catch (AuditUnavailableException e) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("decision_id", decision.id())
                    .addKeyValue("state", state.code())
                    .addKeyValue("status", status)
                    .log("the end of a call could not be recorded");
        }
    }

    /// Says that a call is passed, before it is.
    ///
    /// @throws AuditUnavailableException when that cannot be kept
    void passed(String credential, @Nullable String action, Inbound inbound) {
        log.passed(
                new CallRecord(
                        ids.next(),
                        now(),
                        null,
                        State.PASSED,
                        null,
                        null,
                        inbound.requestId(),
                        credential,
                        inbound.method(),
                        action,
                        inbound.sourceIp()));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
