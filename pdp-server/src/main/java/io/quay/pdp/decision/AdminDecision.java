package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides who may use this server's own API, by the admin policies alone.
public final class AdminDecision {
    private final Knowledge knowledge;
    private final Subject.Proved caller;
    private final Instant now;
    private final @Nullable String sourceIp;

    private AdminDecision(
            Knowledge knowledge, Subject.Proved caller, Instant now, @Nullable String sourceIp) {
        this.knowledge = knowledge;
        this.caller = caller;
        this.now = now;
        this.sourceIp = sourceIp;
    }

    /// Decides. Of an account that does not exist nothing is permitted: ask about the Registry, or
    /// about the organization that it was of.
    ///
    /// @param pdpAction of `Pdp::Action`
    /// @param resource of a type that the action is declared for
    /// @param sourceIp null = not known
    public static Decision decide(
            Knowledge knowledge,
            Subject.Proved caller,
            String pdpAction,
            EntityRef resource,
            Instant now,
            @Nullable String sourceIp) {
        return new AdminDecision(knowledge, caller, now, sourceIp).decide(pdpAction, resource);
    }

    private Decision decide(String name, EntityRef resource) {
        if (caller.authentication().scopes() != null) {
            return deny(
                    Cause.INSUFFICIENT_SCOPE,
                    "the token is narrowed to scopes, and this API is in none of them");
        }
        ServiceAccount account =
                caller.principal().type().equals(EntityTypes.SERVICE_ACCOUNT)
                        ? knowledge.accounts().find(caller.principal().id()).orElse(null)
                        : null;
        if (account == null) {
            return deny(Cause.ACCOUNT_UNKNOWN, "no service account has this name");
        }
        if (!account.usableAt(now)) {
            return deny(Cause.ACCOUNT_DISABLED, "the service account is disabled or has expired");
        }
        Optional<ActionModel.Action> action =
                knowledge
                        .actions()
                        .find(name, EntityTypes.SERVICE_ACCOUNT)
                        .filter(found -> found.ref().type().equals(EntityTypes.PDP_ACTION))
                        .filter(found -> found.resourceTypes().contains(resource.type()));
        if (action.isEmpty()) {
            return deny(
                    Cause.NO_PERMIT,
                    "the schema has no action `" + name + "` on `" + resource.type() + "`");
        }
        if (resource.type().equals(EntityTypes.SERVICE_ACCOUNT)
                && knowledge.accounts().find(resource.id()).isEmpty()) {
            return deny(Cause.NO_PERMIT, "no service account has this name");
        }
        return Ceilings.decide(
                knowledge,
                account,
                caller.ceiling(),
                view -> judge(view, account, action.get(), resource));
    }

    private Decision judge(
            Knowledge view, ServiceAccount known, ActionModel.Action action, EntityRef resource) {
        ServiceAccount account = view.accounts().find(known.name()).orElse(known);
        Unknowns unknowns = new Unknowns();
        Map<String, Value> context = context(unknowns);
        Entities entities = new Entities(view);
        Map<EntityRef, EntityData> found = new LinkedHashMap<>();
        entities.ofAccount(account).forEach(entity -> found.put(entity.ref(), entity));
        entities.of(resource).forEach(entity -> found.putIfAbsent(entity.ref(), entity));
        Set<EntityRef> readByName = view.readByName(PolicyKind.ADMIN);
        entities.complete(found, context.values(), readByName);
        unknowns.addMissing("principal", account.entity(), found, view.actions());
        unknowns.addMissing("resource", resource, found, view.actions());
        readByName.forEach(
                named -> unknowns.addMissing(named.toString(), named, found, view.actions()));
        Entities.ofAction(action).forEach(entity -> found.putIfAbsent(entity.ref(), entity));
        Question question =
                new Question(
                        account.entity(),
                        action.ref(),
                        resource,
                        context,
                        List.copyOf(found.values()));
        return new Judge(view, PolicyKind.ADMIN, now).decide(question, unknowns);
    }

    private Map<String, Value> context(Unknowns unknowns) {
        Map<String, Value> context = new HashMap<>();
        context.put("time", new Value.Moment(now.truncatedTo(ChronoUnit.MILLIS)));
        context.put("authentication", Proofs.value(caller.authentication(), now));
        if (sourceIp == null) {
            unknowns.add("context.source_ip", Cause.ATTRIBUTE_UNAVAILABLE);
        } else {
            context.put("source_ip", new Value.Address(sourceIp));
        }
        return context;
    }

    private Decision deny(Cause cause, String message) {
        return new Decision.Deny(cause, message, List.of(), knowledge.version());
    }
}
