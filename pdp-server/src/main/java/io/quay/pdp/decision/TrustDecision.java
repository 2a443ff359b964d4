package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Decides whether a workload may assume a service account, by the trust policies alone.
public final class TrustDecision {
    private static final String ASSUME = "assume";

    private TrustDecision() {}

    /// Whether a trust policy permits it and none forbids it.
    ///
    /// @param workload verified
    public static Decision decide(
            Knowledge knowledge, Workload workload, ServiceAccount account, Instant now) {
        return ask(
                        knowledge,
                        workload,
                        account,
                        now,
                        (judge, question, unknowns) ->
                                Optional.of(judge.decide(question, unknowns)))
                .orElseThrow();
    }

    /// Why the account may not be assumed although something else than a trust policy permits it: a
    /// forbid, one that might hold, or policies that cannot be evaluated. Empty = nothing objects.
    ///
    /// @param workload verified
    public static Optional<Decision> findObjection(
            Knowledge knowledge, Workload workload, ServiceAccount account, Instant now) {
        return ask(knowledge, workload, account, now, Judge::findObjection);
    }

    /// What is asked of the judge.
    private interface Inquiry {
        Optional<Decision> put(Judge judge, Question question, Unknowns unknowns);
    }

    private static Optional<Decision> ask(
            Knowledge knowledge,
            Workload workload,
            ServiceAccount account,
            Instant now,
            Inquiry inquiry) {
        Optional<ActionModel.Action> assume =
                knowledge.actions().find(ASSUME, workload.entity().type());
        if (assume.isEmpty()) {
            return Optional.of(
                    new Decision.Deny(
                            Cause.NO_PERMIT,
                            "the schema has no action `assume` for workloads of this kind",
                            List.of(),
                            knowledge.version()));
        }
        Map<String, Value> tags = new HashMap<>();
        workload.tags().forEach((name, value) -> tags.put(name, Value.of(value)));
        Entities entities = new Entities(knowledge);
        Map<EntityRef, EntityData> found = new LinkedHashMap<>();
        entities.ofAccount(account).forEach(entity -> found.put(entity.ref(), entity));
        found.put(
                workload.entity(),
                new EntityData(workload.entity(), workload.attributes(), Set.of(), tags));
        Set<EntityRef> readByName = knowledge.readByName(PolicyKind.TRUST);
        entities.complete(found, List.of(), readByName);
        Unknowns unknowns = new Unknowns();
        unknowns.add("context.source_ip", Cause.ATTRIBUTE_UNAVAILABLE);
        unknowns.addMissing("resource", account.entity(), found, knowledge.actions());
        readByName.forEach(
                named -> unknowns.addMissing(named.toString(), named, found, knowledge.actions()));
        Entities.ofAction(assume.get()).forEach(entity -> found.putIfAbsent(entity.ref(), entity));
        Question question =
                new Question(
                        workload.entity(),
                        new EntityRef(EntityTypes.PDP_ACTION, ASSUME),
                        account.entity(),
                        Map.of("time", new Value.Moment(now.truncatedTo(ChronoUnit.MILLIS))),
                        List.copyOf(found.values()));
        return inquiry.put(new Judge(knowledge, PolicyKind.TRUST, now), question, unknowns);
    }
}
