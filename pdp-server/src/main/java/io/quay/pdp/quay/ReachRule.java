package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of a row's `reach`: where an operation names a further object, and what that needs.
///
/// @param from the place of the name; null = the object does not depend on the request
/// @param within where the namespace of the repository stands, when apart from its name
/// @param required whether the operation means nothing without the name
record ReachRule(
        @Nullable Source from,
        @Nullable Source within,
        Kind kind,
        Reach.Need need,
        boolean required) {

    /// A parameter by its place and the name that the request spells, or a member of one that is an
    /// object: `delegate.name`.
    record Source(Parameter.Place place, String name) {
        /// The parameter itself.
        String parameter() {
            int dot = dot();
            return dot < 0 ? name : name.substring(0, dot);
        }

        /// The member of the parameter; null = the parameter is the name itself.
        @Nullable String member() {
            int dot = dot();
            return dot < 0 ? null : name.substring(dot + 1);
        }

        private int dot() {
            return place == Parameter.Place.BODY ? name.indexOf('.') : -1;
        }
    }

    enum Kind {
        REGISTRY,
        ORGANIZATION,
        /// An organization about to be made. Quay checks its name itself, so one that it will
        /// refuse is still decided.
        NEW_ORGANIZATION,
        /// A user is a user and the namespace of that name.
        USER,
        REPOSITORY,
        /// A robot stands for its namespace, when that is not the path's.
        ROBOT,
        /// A robot stands for its namespace, when that is not the path's; a person for nothing.
        MEMBER,
        BUILD;

        List<String> types() {
            return switch (this) {
                case REGISTRY -> List.of(EntityTypes.REGISTRY);
                case ORGANIZATION, NEW_ORGANIZATION, ROBOT, MEMBER ->
                        List.of(EntityTypes.ORGANIZATION);
                case USER -> List.of(EntityTypes.USER, EntityTypes.ORGANIZATION);
                case REPOSITORY -> List.of(EntityTypes.REPOSITORY);
                case BUILD -> List.of(EntityTypes.BUILD);
            };
        }
    }

    boolean fromBody() {
        return from != null && from.place() == Parameter.Place.BODY;
    }
}
