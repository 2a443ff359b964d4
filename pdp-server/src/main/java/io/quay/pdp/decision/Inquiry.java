package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.Reach;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request understood: the action, every object it acts on, and what is known around it.
///
/// @param operation the catalog's row; null for actions of other schemas
/// @param given the context that came with the request: `parameters` and what the caller supplied
/// @param resourceProperties attributes of the resource that the caller supplied
/// @param unknowns what of the context is not known
record Inquiry(
        ActionModel.Action action,
        @Nullable Operation operation,
        EntityRef resource,
        List<Reach> reach,
        Map<String, Value> given,
        Map<String, Value> resourceProperties,
        Unknowns unknowns) {}
