package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.AdminDecision;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Simulates a change of an account: finds what the account could do afterwards that it could not
/// do before and that whoever makes the change may not do either.
///
/// It reasons over the policies themselves, so it never misses such an excess, whatever a later
/// request holds; it may take for an excess what it cannot prove to be none.
public final class Attenuation {
    private static final int SHOWN = 4;

    /// Objects of which `escalate` can be permitted.
    private static final Set<String> ESCALATABLE =
            Set.of(EntityTypes.ORGANIZATION, EntityTypes.REPOSITORY, EntityTypes.SERVICE_ACCOUNT);

    /// Something that would be given away without being held.
    ///
    /// @param policy the policy or role that would permit it
    /// @param grant the grant's id; null for a policy
    /// @param message for people: what, and by which policy
    public record Excess(
            PolicyKind kind,
            String policy,
            @Nullable String grant,
            Set<String> actions,
            EntityRef about,
            String message) {
        public Excess {
            actions = Set.copyOf(actions);
        }
    }

    private final LiveView view;
    private final ServiceAccount caller;
    private final @Nullable Ceiling ceiling;
    private final Instant now;

    private Attenuation(
            LiveView view, ServiceAccount caller, @Nullable Ceiling ceiling, Instant now) {
        this.view = view;
        this.caller = caller;
        this.ceiling = ceiling;
        this.now = now;
    }

    /// @param ceiling of the credential that the caller uses
    /// @param before what counts as had already; null = nothing, as when an account is made or
    ///   enabled, or when somebody gets a credential of it
    /// @return empty when the change gives nothing away that the caller does not hold
    public static List<Excess> excess(
            LiveView view,
            ServiceAccount caller,
            @Nullable Ceiling ceiling,
            @Nullable ServiceAccount before,
            ServiceAccount after,
            Instant now) {
        return new Attenuation(view, caller, ceiling, now).of(before, after);
    }

    /// Whether a change of the account's own properties lets more be done *to* it by this server's
    /// administrators, the caller among them, and the caller may not give that.
    ///
    /// @param before as it is, whether or not it can act
    public static List<Excess> opened(
            LiveView view,
            ServiceAccount caller,
            @Nullable Ceiling ceiling,
            ServiceAccount before,
            ServiceAccount after,
            Instant now) {
        Attenuation change = new Attenuation(view, caller, ceiling, now);
        return change.changed(PolicyKind.ADMIN, before, after).stream()
                .filter(policy -> !change.mayItself(policy, before))
                .map(policy ->
                        new Excess(
                                PolicyKind.ADMIN,
                                policy,
                                null,
                                Set.of(),
                                after.entity(),
                                "what administrators may do to `"
                                        + after.name()
                                        + "` by policy `"
                                        + policy
                                        + "`"))
                .toList();
    }

    private List<Excess> of(@Nullable ServiceAccount before, ServiceAccount after) {
        ServiceAccount had = before == null || opens(before, after) ? null : before;
        List<Excess> found = new ArrayList<>();
        for (PolicyKind kind : List.of(PolicyKind.ACCESS, PolicyKind.ADMIN)) {
            Power gained = Power.of(view, kind, after);
            List<List<Power>> holders = new ArrayList<>();
            if (had != null) {
                holders.add(List.of(Power.of(view, kind, had)));
            }
            holders.add(powersOfCaller(kind));
            for (Power.Rule permit : gained.permits()) {
                if (!permit.member().candidate().activeAt(now)) {
                    continue;
                }
                Set<EntityRef> missing = missing(permit, gained, holders, kind);
                if (!missing.isEmpty() && !exempt(kind, permit, after)) {
                    found.add(excess(kind, permit, missing));
                }
            }
        }
        return found;
    }

    /// With a ceiling the caller holds only what it holds under that, too.
    private List<Power> powersOfCaller(PolicyKind kind) {
        Power now = Power.of(view, kind, caller);
        return ceiling == null
                ? List.of(now)
                : List.of(now, Power.of(view, kind, ceiling.applyTo(caller)));
    }

    private static Set<EntityRef> missing(
            Power.Rule permit, Power gained, List<List<Power>> holders, PolicyKind kind) {
        boolean quayOnly = kind == PolicyKind.ACCESS;
        return permit.actions().stream()
                .filter(action ->
                        holders.stream()
                                .noneMatch(powers ->
                                        powers.stream()
                                                .allMatch(power ->
                                                        power.holds(
                                                                permit, action, gained, quayOnly))))
                .collect(Collectors.toSet());
    }

    /// What every account may do with itself, as the caller may with itself, is nobody's to give.
    /// What the caller may give without holding it, is fine, unless it is to itself.
    private boolean exempt(PolicyKind kind, Power.Rule permit, ServiceAccount after) {
        if (kind == PolicyKind.ADMIN
                && Power.aboutItself(permit, after)
                && Power.of(view, kind, caller).permits().stream()
                        .anyMatch(own -> own.sameAboutItself(caller, permit, after))) {
            return true;
        }
        return !caller.name().equals(after.name()) && mayEscalate(about(permit));
    }

    private boolean mayEscalate(EntityRef object) {
        return may("escalate", object);
    }

    private boolean may(String action, EntityRef object) {
        Authentication authentication =
                new Authentication(
                        Authentication.Method.CLIENT_SECRET, null, null, now, null, null, null);
        return AdminDecision.decide(
                        view,
                        new Subject.Proved(caller.entity(), authentication, ceiling),
                        action,
                        object,
                        now,
                        null)
                .allowed();
    }

    /// Whether the caller may do to the account, as it is, all that an admin policy is about.
    private boolean mayItself(String policy, ServiceAccount account) {
        CompiledSet.Member member = view.snapshot().set(PolicyKind.ADMIN).members().get(policy);
        return member != null
                && view.snapshot().actionsOf(PolicyKind.ADMIN).stream()
                        .filter(action ->
                                action.resourceTypes().contains(EntityTypes.SERVICE_ACCOUNT))
                        .filter(action -> Power.covers(member.scope().action(), action))
                        .allMatch(action -> may(action.ref().id(), account.entity()));
    }

    /// The object that a rule is about; the Registry when it is about more than one.
    private static EntityRef about(Power.Rule permit) {
        EntityRef one =
                switch (permit.resource()) {
                    case Constraint.Equal(EntityRef to) -> to;
                    case Constraint.In(Set<EntityRef> any) ->
                            any.size() == 1 ? any.iterator().next() : EntityRef.registry();
                    case Constraint.Is(var _, EntityRef in) ->
                            in == null ? EntityRef.registry() : in;
                    case Constraint.Any _, Constraint.Slot _ -> EntityRef.registry();
                };
        return ESCALATABLE.contains(one.type()) ? one : EntityRef.registry();
    }

    private static Excess excess(PolicyKind kind, Power.Rule permit, Set<EntityRef> missing) {
        Grant grant = Power.grantOf(permit);
        String policy = permit.member().reason().policy();
        Set<String> names = missing.stream().map(EntityRef::id).collect(Collectors.toSet());
        String shown =
                names.stream().sorted().limit(SHOWN).collect(Collectors.joining(", "))
                        + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
        EntityRef about = about(permit);
        return new Excess(
                kind,
                policy,
                grant == null ? null : grant.id(),
                names,
                about,
                shown
                        + " on "
                        + about
                        + (grant == null ? " by policy `" : " by role `")
                        + policy
                        + "`");
    }

    /// Whether more workloads may assume the account after the change, or may do so under weaker
    /// conditions: they get all that it can do.
    private boolean opens(ServiceAccount before, ServiceAccount after) {
        return !changed(PolicyKind.TRUST, before, after).isEmpty();
    }

    /// The policies that permit more on this account as their resource after the change, or forbid
    /// less.
    private List<String> changed(PolicyKind kind, ServiceAccount before, ServiceAccount after) {
        Map<String, Set<JsonNode>> permitsBefore = about(kind, before, false);
        Map<String, Set<JsonNode>> forbidsAfter = about(kind, after, true);
        List<String> changed = new ArrayList<>();
        about(kind, after, false)
                .forEach((policy, clauses) -> {
                    if (!clauses.equals(permitsBefore.get(policy))) {
                        changed.add(policy);
                    }
                });
        about(kind, before, true)
                .forEach((policy, clauses) -> {
                    if (!clauses.equals(forbidsAfter.get(policy))) {
                        changed.add(policy);
                    }
                });
        return changed;
    }

    /// What is left of a kind's policies for this account as their resource, by id.
    private Map<String, Set<JsonNode>> about(
            PolicyKind kind, ServiceAccount account, boolean forbids) {
        Set<EntityRef> ancestors = Power.ancestors(view, account);
        Residual residual = new Residual("resource", account, ancestors);
        Map<String, Set<JsonNode>> left = new HashMap<>();
        view.snapshot().set(kind).members().values().stream()
                .filter(member -> member.candidate().forbid() == forbids)
                .filter(member -> member.scope().resource().matches(account.entity(), ancestors))
                .forEach(member ->
                        residual.clauses(member.definition().tree())
                                .ifPresent(clauses ->
                                        left.put(member.candidate().id(), new HashSet<>(clauses))));
        return left;
    }
}
