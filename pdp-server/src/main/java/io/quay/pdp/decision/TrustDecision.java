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

/// Decides whether a workload may assume a service account, by the trust policies.
public final class TrustDecision {
    private static final String ASSUME = "assume";

    private TrustDecision() {}

    private record Asked(Question question, Unknowns unknowns) {}

    /// @param workload verified
    public static Decision decide(
            Knowledge knowledge, Workload workload, ServiceAccount account, Instant now) {
        return asked(knowledge, workload, account, now)
                .map(it ->
                        new Judge(knowledge, PolicyKind.TRUST, now)
                                .decide(it.question(), it.unknowns()))
                .orElseGet(() -> undeclared(knowledge));
    }

    /// Why the workload may not be the account though something else than a trust policy vouches
    /// for it: a forbid, one that might hold, or an evaluation that failed.
    ///
    /// @param workload verified
    public static Optional<Decision> findObjection(
            Knowledge knowledge, Workload workload, ServiceAccount account, Instant now) {
        Optional<Asked> asked = asked(knowledge, workload, account, now);
        return asked.isEmpty()
                ? Optional.of(undeclared(knowledge))
                : new Judge(knowledge, PolicyKind.TRUST, now)
                        .findObjection(asked.get().question(), asked.get().unknowns());
    }

    private static Decision undeclared(Knowledge knowledge) {
        return new Decision.Deny(
                Cause.NO_PERMIT,
                "the schema has no action `assume` for workloads of this kind",
                List.of(),
                knowledge.version());
    }

    private static Optional<Asked> asked(
            Knowledge knowledge, Workload workload, ServiceAccount account, Instant now) {
        Optional<ActionModel.Action> assume =
                knowledge.actions().find(ASSUME, workload.entity().type());
        if (assume.isEmpty()) {
            return Optional.empty();
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
        return Optional.of(new Asked(question, unknowns));
    }
}
