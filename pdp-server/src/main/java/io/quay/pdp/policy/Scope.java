package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import java.util.HashSet;
import java.util.Set;

/// A policy's scope: which questions it is about at all. Immutable.
record Scope(Constraint principal, Constraint action, Constraint resource) {
    static Scope of(JsonNode tree) {
        return new Scope(
                Constraint.of(tree.path("principal")),
                Constraint.of(tree.path("action")),
                Constraint.of(tree.path("resource")));
    }

    /// The principals and resources that it names.
    Set<EntityRef> named() {
        Set<EntityRef> named = new HashSet<>(principal.named());
        named.addAll(resource.named());
        return named;
    }

    /// The scope of a template once its slots are filled.
    Scope filledWith(EntityRef principalValue, EntityRef resourceValue) {
        return new Scope(fill(principal, principalValue), action, fill(resource, resourceValue));
    }

    private static Constraint fill(Constraint constraint, EntityRef value) {
        return constraint instanceof Constraint.Slot slot ? slot.filledWith(value) : constraint;
    }
}
