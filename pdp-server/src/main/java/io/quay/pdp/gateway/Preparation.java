package io.quay.pdp.gateway;

import io.quay.pdp.audit.Consent;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.Operation;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Prepares the execution of one call while it is being decided. Made for one decision.
final class Preparation implements Consent {
    private final Supplier<LiveView> live;
    private final Catalog catalog;
    private final @Nullable Execution execution;
    private @Nullable String authorization;

    /// @param execution null = the call is not going to be executed
    Preparation(Supplier<LiveView> live, Catalog catalog, @Nullable Execution execution) {
        this.live = live;
        this.catalog = catalog;
        this.execution = execution;
    }

    @Override
    public Decision to(Outcome allowed) {
        EntityRef principal = allowed.principal();
        EntityRef resource = allowed.resource();
        String action = allowed.action();
        Optional<Operation> operation = action == null ? Optional.empty() : catalog.find(action);
        Optional<ServiceAccount> account =
                principal == null ? Optional.empty() : live.get().accounts().find(principal.id());
        if (resource == null || operation.isEmpty() || account.isEmpty()) {
            return denied(allowed, Cause.NOT_EXECUTABLE, "the call names no account or operation");
        }
        Optional<Prepared> never = ExecutableOperations.never(operation.get());
        if (never.isPresent()) {
            return prepared(allowed, never.get());
        }
        return execution == null
                ? allowed.decision()
                : prepared(
                        allowed,
                        execution.prepare(
                                new AllowedCall(
                                        account.get(),
                                        operation.get(),
                                        resource,
                                        further(allowed))));
    }

    /// The objects that the policies were asked about beside the primary one. An object that the
    /// request does not name was asked about as the Registry: then they are not known, and so it is
    /// where nothing but the Registry was asked about.
    private static @Nullable List<EntityRef> further(Outcome allowed) {
        EntityRef registry = EntityRef.registry();
        boolean primary = registry.equals(allowed.resource());
        List<EntityRef> further =
                allowed.questions().stream()
                        .map(Question::resource)
                        .distinct()
                        .filter(object -> !object.equals(allowed.resource()))
                        .toList();
        boolean unknown = primary ? further.isEmpty() : further.contains(registry);
        return unknown ? null : further;
    }

    private Decision prepared(Outcome allowed, Prepared prepared) {
        return switch (prepared) {
            case Prepared.Ready(String value) -> {
                authorization = value;
                yield allowed.decision();
            }
            case Prepared.Refused(Cause cause, String message) -> denied(allowed, cause, message);
            case Prepared.Unavailable(String message) ->
                    denied(allowed, Cause.QUAY_UNAVAILABLE, message);
        };
    }

    private static Decision denied(Outcome allowed, Cause cause, String message) {
        Decision decision = allowed.decision();
        return new Decision.Deny(cause, message, decision.reasons(), decision.version());
    }

    /// The executing credential; empty until the call was allowed.
    Optional<String> authorization() {
        return Optional.ofNullable(authorization);
    }
}
