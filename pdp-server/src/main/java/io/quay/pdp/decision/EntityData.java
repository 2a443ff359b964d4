package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// An entity with what is known of it. Immutable.
public record EntityData(
        EntityRef ref,
        Map<String, Value> attributes,
        Set<EntityRef> parents,
        Map<String, Value> tags) {
    public EntityData {
        attributes = Map.copyOf(attributes);
        parents = Set.copyOf(parents);
        tags = Map.copyOf(tags);
    }

    public static EntityData bare(EntityRef ref) {
        return new EntityData(ref, Map.of(), Set.of(), Map.of());
    }

    public EntityData withParents(Set<EntityRef> other) {
        return new EntityData(ref, attributes, other, tags);
    }

    /// The same entity with attributes that it lacks taken from `more`.
    public EntityData completedBy(Map<String, Value> more) {
        Map<String, Value> merged = new HashMap<>(more);
        merged.putAll(attributes);
        return new EntityData(ref, merged, parents, tags);
    }

    /// The same entity with attributes replaced by those in `more`.
    public EntityData overriddenBy(Map<String, Value> more) {
        Map<String, Value> merged = new HashMap<>(attributes);
        merged.putAll(more);
        return new EntityData(ref, merged, parents, tags);
    }
}
