package io.quay.pdp.decision;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Reach;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides one inquiry: the primary resource, then every further object that the operation reaches.
final class InquiryDecision {
    private final Knowledge knowledge;
    private final Entities entities;
    private final DecisionPoint.UnboundIds unboundIds;
    private final Instant now;
    private final @Nullable String sourceIp;
    private final Judge judge;
    private final List<Question> questions = new ArrayList<>();

    InquiryDecision(
            Knowledge knowledge,
            Entities entities,
            DecisionPoint.UnboundIds unboundIds,
            Instant now,
            @Nullable String sourceIp) {
        this.knowledge = knowledge;
        this.entities = entities;
        this.unboundIds = unboundIds;
        this.now = now;
        this.sourceIp = sourceIp;
        this.judge = new Judge(knowledge, PolicyKind.ACCESS, now);
    }

    Decision decide(Asker asker, Inquiry inquiry) {
        Set<String> scopes = scopesOf(asker, inquiry);
        if (scopes != null && !withinScopes(inquiry, scopes)) {
            return deny(
                    Cause.INSUFFICIENT_SCOPE,
                    "no scope of the token covers `" + inquiry.action().ref().id() + "`");
        }
        Asked primary = ask(asker, inquiry, inquiry.resource(), scopes);
        Decision decision = judge.decide(primary.question(), primary.unknowns());
        Set<Reason> reasons = new LinkedHashSet<>(decision.reasons());
        for (Reach reach : inquiry.reach()) {
            if (!decision.allowed()) {
                return decision;
            }
            decision =
                    reach.named()
                            ? reached(reach, ask(asker, inquiry, reach.object(), scopes), decision)
                            : unnamed(
                                    reach,
                                    ask(asker, inquiry, EntityRef.registry(), scopes),
                                    decision);
            reasons.addAll(decision.reasons());
        }
        return decision.allowed()
                ? new Decision.Allow(new ArrayList<>(reasons), knowledge.version())
                : decision;
    }

    /// Those asked so far.
    List<Question> questions() {
        return questions;
    }

    /// Objects of which a policy that might have settled it reads what is not known.
    Set<EntityRef> untold() {
        return judge.untold();
    }

    private Decision reached(Reach reach, Asked further, Decision soFar) {
        return switch (reach.need()) {
            case NO_FORBID ->
                    judge.findObjection(further.question(), further.unknowns()).orElse(soFar);
            case PERMIT -> judge.decide(further.question(), further.unknowns());
            case BINDING -> {
                boolean bound =
                        unboundIds == DecisionPoint.UnboundIds.TRUST_PATH
                                || judge.decide(further.question(), further.unknowns()).allowed();
                yield bound
                        ? soFar
                        : unbound("Quay looks the id up without the repository in the path");
            }
        };
    }

    /// An object that the caller did not name: a permit must cover every object there is, a forbid
    /// none.
    private Decision unnamed(Reach reach, Asked registry, Decision soFar) {
        boolean fine =
                !knowledge.mayForbidSome(
                                PolicyKind.ACCESS, registry.question(), reach.object().type())
                        && switch (reach.need()) {
                            case NO_FORBID -> true;
                            case PERMIT, BINDING ->
                                    judge.decide(registry.question(), registry.unknowns())
                                            .allowed();
                        };
        return fine
                ? soFar
                : unbound(
                        "the operation acts on a further `"
                                + reach.object().type()
                                + "`, which the request does not name in context.parameters");
    }

    private Decision unbound(String why) {
        return deny(Cause.TARGET_UNBOUND, why + ": a permit on the Registry is needed");
    }

    private record Asked(Question question, Unknowns unknowns) {}

    private Asked ask(
            Asker asker, Inquiry inquiry, EntityRef object, @Nullable Set<String> scopes) {
        Unknowns unknowns = new Unknowns();
        unknowns.addAll(inquiry.unknowns());
        Map<String, Value> context = context(asker, inquiry, scopes, unknowns);
        Map<EntityRef, EntityData> found = new LinkedHashMap<>();
        asker.entities().forEach(entity -> found.put(entity.ref(), entity));
        entities.ofObject(object).forEach(entity -> found.putIfAbsent(entity.ref(), entity));
        found.computeIfPresent(inquiry.resource(), (_, entity) -> supplied(entity, inquiry));
        entities.complete(found, context.values(), knowledge.readByName(PolicyKind.ACCESS));
        unknowns.addMissing("principal", asker.ref(), found, knowledge.actions());
        unknowns.addMissing("resource", object, found, knowledge.actions());
        knowledge
                .readByName(PolicyKind.ACCESS)
                .forEach(named ->
                        unknowns.addMissing(named.toString(), named, found, knowledge.actions()));
        unknowns.settle(entities.facts());
        Entities.ofAction(inquiry.action())
                .forEach(entity -> found.putIfAbsent(entity.ref(), entity));
        Question question =
                new Question(
                        asker.ref(),
                        inquiry.action().ref(),
                        object,
                        context,
                        List.copyOf(found.values()));
        questions.add(question);
        return new Asked(question, unknowns);
    }

    /// For entities of ours the caller can only add what is not known; for those of other schemas
    /// what it says wins.
    private static EntityData supplied(EntityData entity, Inquiry inquiry) {
        return entity.ref().type().startsWith("Quay::")
                ? entity.completedBy(inquiry.resourceProperties())
                : entity.overriddenBy(inquiry.resourceProperties());
    }

    private Map<String, Value> context(
            Asker asker, Inquiry inquiry, @Nullable Set<String> scopes, Unknowns unknowns) {
        Map<String, Value> context = new HashMap<>(inquiry.given());
        if (inquiry.operation() == null) {
            return context;
        }
        context.put("time", new Value.Moment(now.truncatedTo(ChronoUnit.MILLIS)));
        context.remove("authentication");
        if (sourceIp != null) {
            context.put("source_ip", new Value.Address(sourceIp));
        } else if (!context.containsKey("source_ip")) {
            unknowns.add("context.source_ip", Cause.ATTRIBUTE_UNAVAILABLE);
        }
        Authentication authentication = asker.authentication();
        if (authentication == null) {
            unknowns.add("context.authentication", Cause.ATTRIBUTE_UNAVAILABLE);
        } else {
            context.put("authentication", Proofs.value(authentication, now));
        }
        if (scopes != null) {
            context.put("scopes", new Value.Many(scopes.stream().map(Value::of).toList()));
        }
        return context;
    }

    private static @Nullable Set<String> scopesOf(Asker asker, Inquiry inquiry) {
        if (asker.scopes() != null
                || inquiry.operation() == null
                || !(inquiry.given().get("scopes") instanceof Value.Many(var values))) {
            return asker.scopes();
        }
        Set<String> scopes = new LinkedHashSet<>();
        for (Value value : values) {
            if (value instanceof Value.Text(String scope)) {
                scopes.add(scope);
            }
        }
        return scopes;
    }

    /// An operation that declares no scope is in none. Only its OAuth scopes count: names of other
    /// action groups are no scopes.
    private static boolean withinScopes(Inquiry inquiry, Set<String> scopes) {
        return inquiry.operation() != null
                && inquiry.operation().scopes().stream().anyMatch(scopes::contains);
    }

    private Decision.Deny deny(Cause cause, String message) {
        return new Decision.Deny(cause, message, List.of(), knowledge.version());
    }
}
