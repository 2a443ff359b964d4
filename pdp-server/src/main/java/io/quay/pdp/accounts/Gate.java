package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.decision.AdminDecision;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.Attenuation;
import io.quay.pdp.policy.LiveView;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the `admin` policies let a caller do, and that it gives no more than it holds. Refusals are
/// recorded. Safe for use by any number of threads.
final class Gate {
    private static final int SHOWN = 5;

    private final Supplier<LiveView> policies;
    private final EventLog events;
    private final DecisionIds ids;
    private final Clock clock;

    Gate(Supplier<LiveView> policies, EventLog events, DecisionIds ids, Clock clock) {
        this.policies = policies;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
    }

    LiveView view() {
        return policies.get();
    }

    Instant now() {
        return clock.instant();
    }

    boolean allows(Caller caller, LiveView view, String action, EntityRef resource) {
        return decide(caller, view, action, resource).allowed();
    }

    private Decision decide(Caller caller, LiveView view, String action, EntityRef resource) {
        return AdminDecision.decide(
                view, caller.subject(), action, resource, now(), caller.sourceIp());
    }

    /// @return the policies that permit it
    /// @throws RefusedException when none does
    List<String> require(Caller caller, LiveView view, String action, EntityRef resource) {
        Decision decision = decide(caller, view, action, resource);
        return switch (decision) {
            case Decision.Allow allow -> names(allow.reasons());
            case Decision.Deny deny -> {
                record(caller, action, resource, deny.cause().code(), names(deny.reasons()));
                boolean hidden =
                        resource.type().equals(EntityTypes.SERVICE_ACCOUNT)
                                && !allows(caller, view, "readServiceAccount", resource);
                throw hidden
                        ? noSuchAccount(resource.id())
                        : new RefusedException(Refusal.FORBIDDEN, deny.message());
            }
            case Decision.Indeterminate indeterminate -> {
                record(
                        caller,
                        action,
                        resource,
                        "evaluation_error",
                        names(indeterminate.reasons()));
                throw new RefusedException(
                        Refusal.FORBIDDEN, "the admin policies cannot be evaluated");
            }
        };
    }

    static RefusedException noSuchAccount(String name) {
        return new RefusedException(
                Refusal.NOT_FOUND, "there is no service account `" + name + "`");
    }

    /// That a change gives nothing that the caller does not hold.
    ///
    /// @param before what counts as had already; null = nothing
    void requireHeld(
            Caller caller,
            LiveView view,
            @Nullable ServiceAccount before,
            ServiceAccount after,
            String action) {
        List<Attenuation.Excess> excess = excess(caller, view, before, after);
        if (excess.isEmpty()) {
            return;
        }
        record(
                caller,
                action,
                after.entity(),
                "exceeds_own_rights",
                excess.stream().map(Attenuation.Excess::policy).distinct().toList());
        throw new RefusedException(
                Refusal.EXCEEDS_OWN_RIGHTS,
                "`"
                        + after.name()
                        + "` could then do what `"
                        + caller.name()
                        + "` may not: "
                        + excess.stream()
                                .limit(SHOWN)
                                .map(Attenuation.Excess::message)
                                .collect(Collectors.joining("; "))
                        + (excess.size() > SHOWN
                                ? "; and " + (excess.size() - SHOWN) + " more"
                                : ""));
    }

    /// That a change of an account's properties does not let more be done to it.
    void requireNotOpened(
            Caller caller, LiveView view, ServiceAccount before, ServiceAccount after) {
        ServiceAccount holder =
                view.accounts().find(caller.name()).orElseThrow(() -> noSuchAccount(caller.name()));
        List<Attenuation.Excess> opened =
                Attenuation.opened(view, holder, caller.subject().ceiling(), before, after, now());
        if (!opened.isEmpty()) {
            record(
                    caller,
                    "updateServiceAccount",
                    after.entity(),
                    "exceeds_own_rights",
                    opened.stream().map(Attenuation.Excess::policy).toList());
            throw new RefusedException(
                    Refusal.EXCEEDS_OWN_RIGHTS,
                    "the change would open more to administrators than you may give: "
                            + opened.getFirst().message());
        }
    }

    List<Attenuation.Excess> excess(
            Caller caller, LiveView view, @Nullable ServiceAccount before, ServiceAccount after) {
        ServiceAccount holder =
                view.accounts().find(caller.name()).orElseThrow(() -> noSuchAccount(caller.name()));
        return Attenuation.excess(view, holder, caller.subject().ceiling(), before, after, now());
    }

    /// How far the caller's right to administer reaches.
    StoredAccount.Authority authority(Caller caller, LiveView view) {
        return allows(caller, view, "createServiceAccount", EntityRef.registry())
                ? StoredAccount.Authority.REGISTRY
                : StoredAccount.Authority.ORGANIZATION;
    }

    private void record(
            Caller caller,
            String action,
            EntityRef resource,
            String cause,
            List<String> determining) {
        try {
            events.append(
                    new Event(
                            ids.next(),
                            now(),
                            Event.Kind.ADMINISTRATION_DENIED,
                            caller.name(),
                            caller.credential(),
                            resource.type().equals(EntityTypes.SERVICE_ACCOUNT)
                                    ? resource.id()
                                    : null,
                            null,
                            cause,
                            determining,
                            caller.requestId(),
                            caller.sourceIp(),
                            Map.of("action", action, "resource", resource.toString())));
        } catch (AuditUnavailableException e) {
            throw new RefusedException(
                    Refusal.UNAVAILABLE, "nothing can be recorded now: try again later");
        }
    }

    private static List<String> names(List<Reason> reasons) {
        return reasons.stream().map(Reason::policy).distinct().toList();
    }
}
