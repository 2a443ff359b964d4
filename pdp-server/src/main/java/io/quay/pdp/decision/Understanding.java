package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Mapping;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.QuayCall;
import io.quay.pdp.quay.QuayNames;
import io.quay.pdp.quay.RequestMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns what was asked into an [Inquiry], against one loaded policy repository.
final class Understanding {
    /// An inquiry, or why there is none.
    sealed interface Result {
        record Understood(Inquiry inquiry) implements Result {}

        record Refused(Cause cause, String message) implements Result {}
    }

    private final Knowledge knowledge;
    private final @Nullable RequestMapper mapper;

    Understanding(Knowledge knowledge, @Nullable RequestMapper mapper) {
        this.knowledge = knowledge;
        this.mapper = mapper;
    }

    Result of(AccessRequest.Asked asked, EntityRef principal) {
        return switch (asked) {
            case AccessRequest.Asked.Call call -> ofCall(call, principal);
            case AccessRequest.Asked.Triple triple -> ofTriple(triple, principal);
        };
    }

    private Result ofCall(AccessRequest.Asked.Call call, EntityRef principal) {
        if (mapper == null) {
            return new Result.Refused(
                    Cause.UNKNOWN_OPERATION,
                    "the loaded schema has no catalog of operations; ask by action and resource");
        }
        return switch (mapper.map(call.request(), principal.id())) {
            case Mapping.Refused(Mapping.Problem problem, String message) ->
                    new Result.Refused(causeOf(problem), message);
            case Mapping.Mapped(QuayCall mapped) -> ofMapped(mapped, principal);
        };
    }

    private Result ofMapped(QuayCall call, EntityRef principal) {
        Optional<ActionModel.Action> action =
                knowledge.actions().find(call.operation().name(), principal.type());
        if (action.isEmpty()) {
            return new Result.Refused(
                    Cause.UNKNOWN_OPERATION,
                    "the schema has no action `" + call.operation().name() + "`");
        }
        Unknowns unknowns = new Unknowns();
        call.unknownParameters()
                .forEach(name -> unknowns.add("context.parameters." + name, Cause.BODY_REQUIRED));
        return new Result.Understood(
                new Inquiry(
                        action.get(),
                        call.operation(),
                        call.resource(),
                        call.reach(),
                        Map.of("parameters", new Value.Fields(call.parameters())),
                        Map.of(),
                        unknowns));
    }

    private Result ofTriple(AccessRequest.Asked.Triple triple, EntityRef principal) {
        Optional<ActionModel.Action> found =
                knowledge.actions().find(triple.action(), principal.type());
        if (found.isEmpty() || found.get().ref().type().equals(EntityTypes.PDP_ACTION)) {
            // access policies have nothing to say of the decision point's own actions, also those
            // that leave the action open
            return new Result.Refused(
                    Cause.UNKNOWN_OPERATION,
                    "the schema has no action of this name for principals of type `"
                            + principal.type()
                            + "`");
        }
        ActionModel.Action action = found.get();
        if (!action.resourceTypes().contains(triple.resource().type())) {
            return new Result.Refused(
                    Cause.UNKNOWN_OPERATION,
                    "action `"
                            + action.ref().id()
                            + "` does not apply to resources of this type; it applies to "
                            + String.join(", ", action.resourceTypes().stream().sorted().toList()));
        }
        Operation operation = operationOf(action);
        Optional<Result> refusal =
                operation == null
                        ? Optional.empty()
                        : refusalOf(operation, triple.resource(), principal);
        return refusal.orElseGet(() -> understood(triple, action, operation));
    }

    /// What a request line could not have named, nobody may ask about either: policies compare ids
    /// byte for byte.
    private Optional<Result> refusalOf(
            Operation operation, EntityRef resource, EntityRef principal) {
        if (!QuayNames.wellFormed(resource)) {
            return Optional.of(
                    new Result.Refused(
                            Cause.NON_CANONICAL_PATH,
                            "the resource's id is not a name that Quay takes as it is"));
        }
        boolean another =
                operation.level() == Operation.Level.USER
                        && resource.type().equals(EntityTypes.USER)
                        && !resource.id().equals(principal.id());
        return another
                ? Optional.of(
                        new Result.Refused(
                                Cause.TARGET_UNBOUND,
                                "this operation acts on the current user, which is the principal itself"))
                : Optional.empty();
    }

    private Result understood(
            AccessRequest.Asked.Triple triple,
            ActionModel.Action action,
            @Nullable Operation operation) {
        Map<String, Value> given = new HashMap<>(triple.context());
        if (!triple.actionProperties().isEmpty()) {
            given.put("action", new Value.Fields(triple.actionProperties()));
        }
        Map<String, Value> context = action.context().fitMembers(given, "context");
        Map<String, Value> properties =
                knowledge
                        .actions()
                        .attributes(triple.resource().type())
                        .fitMembers(triple.resourceProperties(), "resource.properties");
        if (operation == null) {
            return new Result.Understood(
                    new Inquiry(
                            action,
                            null,
                            triple.resource(),
                            List.of(),
                            context,
                            properties,
                            new Unknowns()));
        }
        return new NamedParameters(Objects.requireNonNull(mapper), operation, triple)
                .complete(action, context, properties);
    }

    private @Nullable Operation operationOf(ActionModel.Action action) {
        return mapper != null && action.ref().type().equals(EntityTypes.QUAY_ACTION)
                ? mapper.catalog().find(action.ref().id()).orElse(null)
                : null;
    }

    private static Cause causeOf(Mapping.Problem problem) {
        return switch (problem) {
            case UNKNOWN_OPERATION -> Cause.UNKNOWN_OPERATION;
            case AMBIGUOUS_ROUTE -> Cause.AMBIGUOUS_ROUTE;
            case NON_CANONICAL_PATH -> Cause.NON_CANONICAL_PATH;
            case INVALID_QUERY -> Cause.INVALID_QUERY;
            case INVALID_BODY -> Cause.INVALID_BODY;
            case BODY_REQUIRED -> Cause.BODY_REQUIRED;
            case NAMESPACE_REQUIRED -> Cause.NAMESPACE_REQUIRED;
        };
    }
}
