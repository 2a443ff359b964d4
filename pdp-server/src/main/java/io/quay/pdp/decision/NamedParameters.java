package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.Parameter;
import io.quay.pdp.quay.QuayNames;
import io.quay.pdp.quay.Reach;
import io.quay.pdp.quay.RequestMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What `context.parameters` says when an operation is asked about by action and resource: the
/// further objects, and what stays unknown. Without it nothing is known of the parameters; with it
/// those of query and body that it leaves out were not sent, and those of the path are unknown.
///
/// @param triple what was asked, before its context was brought into the schema's types
record NamedParameters(
        RequestMapper mapper, Operation operation, AccessRequest.Asked.Triple triple) {
    private static final String PARAMETERS = "parameters";

    /// Members by which a request names its primary object.
    private static final Map<String, String> PRIMARY =
            Map.of(
                    "namespace", EntityTypes.ORGANIZATION,
                    "orgname", EntityTypes.ORGANIZATION,
                    "repository", EntityTypes.REPOSITORY);

    Understanding.Result complete(
            ActionModel.Action action, Map<String, Value> context, Map<String, Value> properties) {
        if (context.get("source_ip") instanceof Value.Address(String address)
                && address.contains("/")) {
            throw new Shape.MisfitException("context.source_ip", "one IP address, not a range");
        }
        if (contradictsResource()) {
            return new Understanding.Result.Refused(
                    Cause.TARGET_UNBOUND,
                    "context.parameters names another object than the resource");
        }
        Optional<Map<String, Value>> given = fields(context);
        List<Reach> reach = mapper.reach(operation, triple.resource(), given.orElse(null));
        if (reach.stream()
                .anyMatch(further -> further.named() && !QuayNames.wellFormed(further.object()))) {
            return new Understanding.Result.Refused(
                    Cause.NON_CANONICAL_PATH,
                    "a name in context.parameters is not one that Quay takes as it is");
        }
        Unknowns unknowns = new Unknowns();
        if (given.isEmpty()) {
            unknowns.add("context.parameters", Cause.ATTRIBUTE_UNAVAILABLE);
        } else {
            operation.parameters().stream()
                    .filter(parameter -> parameter.place() == Parameter.Place.PATH)
                    .map(Parameter::name)
                    .filter(name -> !given.get().containsKey(name))
                    .forEach(name ->
                            unknowns.add(
                                    "context.parameters." + name, Cause.ATTRIBUTE_UNAVAILABLE));
        }
        Map<String, Value> complete = new HashMap<>(context);
        // every operation's context has the record: without it a policy that reads it errs, and the
        // error would hide what is missing
        complete.put(
                PARAMETERS, new Value.Fields(mapper.disclosed(operation, given.orElse(Map.of()))));
        return new Understanding.Result.Understood(
                new Inquiry(
                        action,
                        operation,
                        triple.resource(),
                        reach,
                        complete,
                        properties,
                        unknowns));
    }

    private boolean contradictsResource() {
        EntityRef resource = triple.resource();
        return fields(triple.context()).orElse(Map.of()).entrySet().stream()
                .filter(member -> resource.type().equals(PRIMARY.get(member.getKey())))
                .anyMatch(member -> !member.getValue().equals(Value.of(resource.id())));
    }

    private static Optional<Map<String, Value>> fields(Map<String, Value> context) {
        return context.get(PARAMETERS) instanceof Value.Fields(var members)
                ? Optional.of(members)
                : Optional.empty();
    }
}
