package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import java.util.Optional;
import java.util.Set;

/// What the loaded schema says of actions and entity types.
public interface ActionModel {
    /// The action of this name that applies to this principal type.
    Optional<Action> find(String name, String principalType);

    /// The names of all actions that apply to this principal type and this resource type.
    Set<String> names(String principalType, String resourceType);

    boolean knowsType(String entityType);

    /// The attributes that the type declares; empty for an unknown type.
    Shape.RecordOf attributes(String entityType);

    /// An action as the schema declares it.
    ///
    /// @param groups every action group that it is in, also through other groups
    record Action(
            EntityRef ref,
            Set<EntityRef> groups,
            Set<String> resourceTypes,
            Shape.RecordOf context) {
        public Action {
            groups = Set.copyOf(groups);
            resourceTypes = Set.copyOf(resourceTypes);
        }
    }
}
