package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A request understood: which operation on which objects with which parameters. Immutable.
///
/// @param resource the primary resource
/// @param reach the further objects
/// @param parameters typed, as policies see them in `context.parameters`; never a secret
/// @param unknownParameters body parameters of the operation whose presence is not known, because
///   the face omits bodies
public record QuayCall(
        Operation operation,
        EntityRef resource,
        List<Reach> reach,
        Map<String, Value> parameters,
        Set<String> unknownParameters) {
    public QuayCall {
        reach = List.copyOf(reach);
        parameters = Map.copyOf(parameters);
        unknownParameters = Set.copyOf(unknownParameters);
    }
}
