package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What one evaluation asks of the engine. Immutable and complete: the entities hold the principal,
/// the action, the resource and all their ancestors, each with every attribute that is known.
public record Question(
        EntityRef principal,
        EntityRef action,
        EntityRef resource,
        Map<String, Value> context,
        List<EntityData> entities) {
    public Question {
        context = Map.copyOf(context);
        entities = List.copyOf(entities);
    }

    /// The entity itself and all that it is in.
    public Set<EntityRef> withAncestors(EntityRef start) {
        Set<EntityRef> seen = new HashSet<>();
        collect(start, seen);
        return seen;
    }

    private void collect(EntityRef ref, Set<EntityRef> seen) {
        if (!seen.add(ref)) {
            return;
        }
        for (EntityData entity : entities) {
            if (entity.ref().equals(ref)) {
                for (EntityRef parent : entity.parents()) {
                    collect(parent, seen);
                }
            }
        }
    }
}
