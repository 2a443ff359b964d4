package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.ActionModel;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.Group;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the policies of one kind say of one account: the rules that are left when all that depends
/// on the account alone is settled. Immutable.
record Power(List<Rule> permits, List<Rule> forbids) {
    /// @param actions that it is about
    /// @param clauses that must hold of the rest of the request
    /// @param expiresAt from then on it counts no more; null = it stays
    record Rule(
            CompiledSet.Member member,
            Set<EntityRef> actions,
            Constraint resource,
            Set<JsonNode> clauses,
            @Nullable Instant expiresAt) {
        Rule {
            actions = Set.copyOf(actions);
            clauses = Set.copyOf(clauses);
        }

        /// Whether this and the other's rule are of one policy that lets each do the same with
        /// itself.
        boolean sameAboutItself(ServiceAccount self, Rule theirs, ServiceAccount other) {
            return member.candidate().id().equals(theirs.member.candidate().id())
                    && aboutItself(this, self)
                    && actions.containsAll(theirs.actions)
                    && theirs.clauses.stream()
                            .filter(clause -> !isItself(clause, other))
                            .collect(Collectors.toSet())
                            .containsAll(
                                    clauses.stream()
                                            .filter(clause -> !isItself(clause, self))
                                            .toList());
        }
    }

    static Power of(LiveView view, PolicyKind kind, ServiceAccount account) {
        Set<EntityRef> ancestors = ancestors(view, account);
        Residual residual = new Residual("principal", account, ancestors);
        List<Rule> permits = new ArrayList<>();
        List<Rule> forbids = new ArrayList<>();
        List<ActionModel.Action> actions = view.snapshot().actionsOf(kind);
        for (CompiledSet.Member member : view.membersFor(kind, account, ancestors)) {
            boolean forbid = member.candidate().forbid();
            rule(member, residual, actions, forbid ? null : account.expiresAt())
                    .ifPresent(forbid ? forbids::add : permits::add);
        }
        return new Power(List.copyOf(permits), List.copyOf(forbids));
    }

    private static Optional<Rule> rule(
            CompiledSet.Member member,
            Residual residual,
            List<ActionModel.Action> actions,
            @Nullable Instant accountEnd) {
        Optional<List<JsonNode>> clauses = residual.clauses(member.definition().tree());
        Set<EntityRef> covered =
                actions.stream()
                        .filter(action -> covers(member.scope().action(), action))
                        .map(ActionModel.Action::ref)
                        .collect(Collectors.toSet());
        if (clauses.isEmpty() || covered.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Rule(
                        member,
                        covered,
                        member.scope().resource(),
                        new HashSet<>(clauses.get()),
                        earlier(member.candidate().expiresAt(), accountEnd)));
    }

    static boolean covers(Constraint scope, ActionModel.Action action) {
        return scope.matches(action.ref(), withGroups(action));
    }

    private static Set<EntityRef> withGroups(ActionModel.Action action) {
        Set<EntityRef> all = new HashSet<>(action.groups());
        all.add(action.ref());
        return all;
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    /// The account, the groups that it is in, also through groups, its owner and the Registry.
    static Set<EntityRef> ancestors(LiveView view, ServiceAccount account) {
        Set<EntityRef> found = new HashSet<>(Set.of(account.entity()));
        account.groups().forEach(group -> addGroup(view, group, found));
        if (account.owner() != null) {
            found.add(EntityRef.organization(account.owner()));
            found.add(EntityRef.registry());
        }
        return found;
    }

    private static void addGroup(LiveView view, String name, Set<EntityRef> found) {
        if (found.add(EntityRef.group(name))) {
            view.accounts()
                    .findGroup(name)
                    .map(Group::groups)
                    .orElse(Set.of())
                    .forEach(parent -> addGroup(view, parent, found));
        }
    }

    /// Whether this power surely holds all that a permit of another gives for an action, as far as
    /// the other's own forbids leave it.
    boolean holds(Rule permit, EntityRef action, Power other, boolean quayOnly) {
        return permits.stream().anyMatch(own -> covers(own, permit, action, quayOnly))
                && forbids.stream()
                        .filter(forbid -> forbid.actions().contains(action))
                        .filter(forbid -> !apart(forbid, permit, quayOnly))
                        .allMatch(forbid ->
                                other.forbids.stream()
                                        .anyMatch(theirs ->
                                                stops(theirs, forbid, permit, action, quayOnly)));
    }

    private static boolean covers(Rule own, Rule permit, EntityRef action, boolean quayOnly) {
        return own.actions().contains(action)
                && Region.contains(own.resource(), permit.resource(), quayOnly)
                && permit.clauses().containsAll(own.clauses())
                && lasts(own.expiresAt(), permit.expiresAt());
    }

    private static boolean lasts(@Nullable Instant own, @Nullable Instant needed) {
        return own == null || (needed != null && !needed.isAfter(own));
    }

    /// Whether a forbid can never meet the permit: their objects differ, or the forbid spares just
    /// what the permit is for (`unless { resource in … }`).
    private static boolean apart(Rule forbid, Rule permit, boolean quayOnly) {
        return Region.disjoint(forbid.resource(), permit.resource())
                || forbid.clauses().stream()
                        .anyMatch(clause ->
                                spared(clause)
                                        .filter(spared ->
                                                Region.contains(
                                                        spared, permit.resource(), quayOnly))
                                        .isPresent());
    }

    /// The objects that a clause `!(resource in X)` spares.
    private static Optional<Constraint> spared(JsonNode clause) {
        JsonNode in = clause.path("!").path("arg").path("in");
        JsonNode entity = in.path("right").path("Value").path("__entity");
        return in.path("left").path("Var").asText().equals("resource") && entity.isObject()
                ? Optional.of(
                        new Constraint.In(
                                Set.of(
                                        new EntityRef(
                                                entity.path("type").asText(),
                                                entity.path("id").asText()))))
                : Optional.empty();
    }

    /// Whether the other's forbid stops it wherever ours would.
    private static boolean stops(
            Rule theirs, Rule ours, Rule permit, EntityRef action, boolean quayOnly) {
        Set<JsonNode> known = new HashSet<>(ours.clauses());
        known.addAll(permit.clauses());
        return theirs.actions().contains(action)
                && (Region.contains(theirs.resource(), ours.resource(), quayOnly)
                        || Region.contains(theirs.resource(), permit.resource(), quayOnly))
                && known.containsAll(theirs.clauses());
    }

    /// Whether a rule is about nothing but the account itself, as `principal == resource` says.
    static boolean aboutItself(Rule rule, ServiceAccount account) {
        return rule.resource().equals(new Constraint.Equal(account.entity()))
                || rule.clauses().stream().anyMatch(clause -> isItself(clause, account));
    }

    private static boolean isItself(JsonNode clause, ServiceAccount account) {
        JsonNode equal = clause.path("==");
        return (isResource(equal.path("left")) && isAccount(equal.path("right"), account))
                || (isResource(equal.path("right")) && isAccount(equal.path("left"), account));
    }

    private static boolean isResource(JsonNode expression) {
        return expression.path("Var").asText().equals("resource");
    }

    private static boolean isAccount(JsonNode expression, ServiceAccount account) {
        JsonNode entity = expression.path("Value").path("__entity");
        return entity.path("type").asText().equals(EntityTypes.SERVICE_ACCOUNT)
                && entity.path("id").asText().equals(account.name());
    }

    /// The grant behind a rule; null when it is a policy.
    static @Nullable Grant grantOf(Rule rule) {
        CompiledSet.Granted granted = rule.member().granted();
        return granted == null ? null : granted.grant();
    }
}
