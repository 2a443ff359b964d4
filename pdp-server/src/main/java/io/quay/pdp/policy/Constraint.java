package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a policy's scope demands of principal, action or resource. Immutable.
sealed interface Constraint {
    /// @param entity the request's entity
    /// @param ancestors it and all it is in
    boolean matches(EntityRef entity, Set<EntityRef> ancestors);

    /// Every entity that it names.
    default Set<EntityRef> named() {
        return Set.of();
    }

    record Any() implements Constraint {
        @Override
        public boolean matches(EntityRef entity, Set<EntityRef> ancestors) {
            return true;
        }
    }

    record Equal(EntityRef to) implements Constraint {
        @Override
        public boolean matches(EntityRef entity, Set<EntityRef> ancestors) {
            return entity.equals(to);
        }

        @Override
        public Set<EntityRef> named() {
            return Set.of(to);
        }
    }

    /// In one of these.
    record In(Set<EntityRef> any) implements Constraint {
        public In {
            any = Set.copyOf(any);
        }

        @Override
        public boolean matches(EntityRef entity, Set<EntityRef> ancestors) {
            return any.stream().anyMatch(ancestors::contains);
        }

        @Override
        public Set<EntityRef> named() {
            return any;
        }
    }

    /// Of a type, and in `in` when that is given.
    record Is(String type, @Nullable EntityRef in) implements Constraint {
        @Override
        public boolean matches(EntityRef entity, Set<EntityRef> ancestors) {
            return entity.type().equals(type) && (in == null || ancestors.contains(in));
        }

        @Override
        public Set<EntityRef> named() {
            return in == null ? Set.of() : Set.of(in);
        }
    }

    /// A template's slot; matches nothing until it is filled.
    record Slot(boolean in, @Nullable String type) implements Constraint {
        @Override
        public boolean matches(EntityRef entity, Set<EntityRef> ancestors) {
            return false;
        }

        Constraint filledWith(EntityRef value) {
            if (type != null) {
                return new Is(type, value);
            }
            return in ? new In(Set.of(value)) : new Equal(value);
        }
    }

    /// Reads a constraint of Cedar's JSON policy form.
    static Constraint of(JsonNode json) {
        return switch (json.path("op").asText()) {
            case "All" -> new Any();
            case "==" ->
                    json.has("slot")
                            ? new Slot(false, null)
                            : new Equal(entity(json.path("entity")));
            case "in" -> json.has("slot") ? new Slot(true, null) : new In(entities(json));
            case "is" -> is(json);
            default ->
                    throw new IllegalArgumentException(
                            "unknown scope constraint " + json.path("op"));
        };
    }

    private static Constraint is(JsonNode json) {
        String type = json.path("entity_type").asText();
        JsonNode in = json.path("in");
        if (in.has("slot")) {
            return new Slot(true, type);
        }
        return new Is(type, in.has("entity") ? entity(in.path("entity")) : null);
    }

    private static Set<EntityRef> entities(JsonNode json) {
        if (json.has("entity")) {
            return Set.of(entity(json.path("entity")));
        }
        Set<EntityRef> found = new HashSet<>();
        json.path("entities").forEach(node -> found.add(entity(node)));
        return found;
    }

    private static EntityRef entity(JsonNode json) {
        JsonNode plain = json.has("__entity") ? json.path("__entity") : json;
        return new EntityRef(plain.path("type").asText(), plain.path("id").asText());
    }
}
