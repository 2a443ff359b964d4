package io.quay.pdp.audit;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.AttributeSource;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides and records, in this order, before anybody is answered: there is no answer around the
/// record. What cannot be recorded is denied. Safe for use by any number of threads.
public final class RecordedDecisions {
    private static final Logger LOG = LoggerFactory.getLogger(RecordedDecisions.class);
    private static final int MAX_REQUEST_ID = 128;
    private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x21-\\x7e]");

    /// A decision. It stands in the log, unless it comes from [Decided#answer].
    ///
    /// @param id the record's, or that of the group that the denial is counted in
    public record Answer(String id, Outcome outcome) {}

    /// A decision that is on its way into the log. Nobody may be told of it, or of anything that it
    /// allowed, before it is there.
    ///
    /// @param answer what was decided
    /// @param kept waits for the log and gives what counts then: the answer, or a denial of the
    ///   same id when it could not be kept; the same each time, to be called by one thread
    public record Decided(Answer answer, Supplier<Answer> kept) {}

    private final DecisionPoint point;
    private final DecisionLog log;
    private final DecisionIds ids;
    private final DenialBudget budget;
    private final Clock clock;

    public RecordedDecisions(
            DecisionPoint point,
            DecisionLog log,
            DecisionIds ids,
            DenialBudget budget,
            Clock clock) {
        this.point = point;
        this.log = log;
        this.ids = ids;
        this.budget = budget;
        this.clock = clock;
    }

    /// @param caller the PEP that asks
    /// @param requestId as the caller gave it; kept as far as it is printable
    /// @throws Shape.MisfitException when the request is malformed: nothing is decided then
    public Answer decide(AccessRequest request, String caller, @Nullable String requestId) {
        return recorded(request, caller, requestId, decideOrFail(request, null));
    }

    /// The same for a caller that has the last word itself, and that may know more of the objects.
    ///
    /// Of an allowed call that changes nothing the record is not waited for: whoever asks can get
    /// on with what nobody sees. All else stands in the log when this returns.
    ///
    /// @param source null = nothing but what is on file
    public Decided decide(
            AccessRequest request,
            String caller,
            @Nullable String requestId,
            @Nullable AttributeSource source,
            Consent consent) {
        Outcome outcome = consented(decideOrFail(request, source), consent);
        if (!outcome.decision().allowed() || outcome.mutates()) {
            Answer answer = recorded(request, caller, requestId, outcome);
            return new Decided(answer, () -> answer);
        }
        String id = ids.next();
        Answer answer = new Answer(id, outcome);
        DecisionLog.Keeping keeping;
        try {
            keeping =
                    log.take(recordOf(id, outcome, caller, requestId, tokenOf(request.subject())));
        } catch (RuntimeException e) {
            Answer denied = unrecorded(id, outcome, e);
            return new Decided(denied, () -> denied);
        }
        return new Decided(answer, new Kept(answer, keeping));
    }

    /// Waits once.
    private static final class Kept implements Supplier<Answer> {
        private final DecisionLog.Keeping keeping;
        private Answer answer;
        private boolean waited;

        Kept(Answer answer, DecisionLog.Keeping keeping) {
            this.answer = answer;
            this.keeping = keeping;
        }

        @Override
        public Answer get() {
            if (!waited) {
                waited = true;
                try {
                    keeping.await();
                } catch (RuntimeException e) {
                    answer = unrecorded(answer.id(), answer.outcome(), e);
                }
            }
            return answer;
        }
    }

    private Answer recorded(
            AccessRequest request, String caller, @Nullable String requestId, Outcome outcome) {
        String id = ids.next();
        warnIfIndeterminate(id, outcome.decision());
        try {
            DecisionRecord record =
                    recordOf(id, outcome, caller, requestId, tokenOf(request.subject()));
            return new Answer(keep(record), outcome);
        } catch (RuntimeException e) {
            return unrecorded(id, outcome, e);
        }
    }

    /// Whatever the cause is: what does not stand in the log was not decided.
    private static Answer unrecorded(String id, Outcome outcome, RuntimeException cause) {
        LOG.atError()
                .setCause(cause)
                .addKeyValue("decision_id", id)
                .log("decision not recorded, denied");
        Decision denied =
                new Decision.Deny(
                        Cause.AUDIT_UNAVAILABLE,
                        "the decision cannot be recorded now",
                        List.of(),
                        outcome.decision().version());
        return new Answer(id, outcome.with(denied));
    }

    /// A consent that fails is none.
    private static Outcome consented(Outcome outcome, Consent consent) {
        if (!outcome.decision().allowed()) {
            return outcome;
        }
        try {
            return outcome.with(consent.to(outcome));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("an allowed call could not be prepared, denied");
            return outcome.with(
                    new Decision.Deny(
                            Cause.QUAY_UNAVAILABLE,
                            "the call could not be prepared",
                            List.of(),
                            outcome.decision().version()));
        }
    }

    /// @return the id that it is found under
    private String keep(DecisionRecord decision) {
        Optional<DeniedGroup> group =
                decision.allowed()
                        ? Optional.empty()
                        : budget.findGroup(
                                new DenialBudget.Denial(
                                        decision.caller(),
                                        decision.principal(),
                                        decision.action(),
                                        decision.resource(),
                                        decision.cause()));
        if (group.isPresent()) {
            log.count(group.get());
            return group.get().id();
        }
        log.append(decision);
        return decision.id();
    }

    private static void warnIfIndeterminate(String id, Decision decision) {
        if (decision instanceof Decision.Indeterminate(String fault, var reasons, String version)) {
            LOG.atWarn()
                    .addKeyValue("decision_id", id)
                    .addKeyValue("fault", fault)
                    .addKeyValue("policies", reasons.stream().map(RecordedDecisions::name).toList())
                    .addKeyValue("policy_version", version)
                    .log("policies could not be evaluated, denied");
        }
    }

    private Outcome decideOrFail(AccessRequest request, @Nullable AttributeSource source) {
        try {
            return source == null ? point.decide(request) : point.decide(request, source);
        } catch (Shape.MisfitException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("deciding failed");
            return new Outcome(
                    new Decision.Indeterminate("deciding failed", List.of(), ""),
                    null,
                    null,
                    null,
                    null,
                    Map.of(),
                    List.of(),
                    Set.of(),
                    false);
        }
    }

    /// What records call the token that proved the subject; null when none did.
    private static @Nullable String tokenOf(Subject subject) {
        return switch (subject) {
            case Subject.Proved proved -> proved.authentication().tokenId();
            case Subject.Named _, Subject.Refused _ -> null;
        };
    }

    private DecisionRecord recordOf(
            String id,
            Outcome outcome,
            String caller,
            @Nullable String requestId,
            @Nullable String tokenId) {
        Decision decision = outcome.decision();
        return new DecisionRecord(
                id,
                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                caller,
                printable(requestId),
                outcome.principal(),
                outcome.workload(),
                outcome.action(),
                outcome.resource(),
                decision.allowed(),
                causeOf(decision),
                decision.reasons().stream().map(RecordedDecisions::name).toList(),
                decision.version(),
                outcome.parameters(),
                outcome.mutates(),
                tokenId);
    }

    /// The code of a decision that does not allow; null for one that does.
    public static @Nullable String causeOf(Decision decision) {
        return switch (decision) {
            case Decision.Allow _ -> null;
            case Decision.Deny deny -> deny.cause().code();
            case Decision.Indeterminate _ -> Cause.EVALUATION_ERROR.code();
        };
    }

    private static String name(Reason reason) {
        return reason.grant() == null ? reason.policy() : reason.policy() + "#" + reason.grant();
    }

    static @Nullable String printable(@Nullable String requestId) {
        if (requestId == null) {
            return null;
        }
        String safe = UNPRINTABLE.matcher(requestId).replaceAll("_");
        return safe.length() <= MAX_REQUEST_ID ? safe : safe.substring(0, MAX_REQUEST_ID);
    }
}
