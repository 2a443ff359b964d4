package io.quay.pdp.policy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the objects that scopes are about lie in one another, as far as names alone prove it: a
/// repository in its organization, all of Quay in the Registry. What an account is in changes and
/// proves nothing.
final class Region {
    private static final Set<String> LEAVES =
            Set.of(EntityTypes.REPOSITORY, EntityTypes.USER, EntityTypes.BUILD);
    private static final Set<String> OF_QUAY =
            Set.of(
                    EntityTypes.REGISTRY,
                    EntityTypes.ORGANIZATION,
                    EntityTypes.REPOSITORY,
                    EntityTypes.USER,
                    EntityTypes.BUILD);

    private Region() {}

    /// Whether `outer` surely matches every object that `inner` can match.
    ///
    /// @param quayOnly whether objects of Quay are the only ones there are, as in access policies
    static boolean contains(Constraint outer, Constraint inner, boolean quayOnly) {
        return switch (outer) {
            case Constraint.Any _ -> true;
            case Constraint.Equal(EntityRef to) -> only(inner, to);
            case Constraint.In(Set<EntityRef> any) ->
                    (quayOnly && any.contains(EntityRef.registry())) || allBelow(inner, any);
            case Constraint.Is(String type, var in) -> contains(type, in, inner);
            case Constraint.Slot _ -> false;
        };
    }

    /// Whether `inner` matches this object and no other.
    private static boolean only(Constraint inner, EntityRef object) {
        return switch (inner) {
            case Constraint.Equal(EntityRef to) -> to.equals(object);
            case Constraint.In(Set<EntityRef> any) ->
                    any.equals(Set.of(object)) && LEAVES.contains(object.type());
            case Constraint.Any _, Constraint.Is _, Constraint.Slot _ -> false;
        };
    }

    private static boolean allBelow(Constraint inner, Set<EntityRef> outer) {
        return switch (inner) {
            case Constraint.Equal(EntityRef to) -> below(to, outer);
            case Constraint.In(Set<EntityRef> any) ->
                    any.stream().allMatch(each -> below(each, outer));
            case Constraint.Is(var _, EntityRef in) -> in != null && below(in, outer);
            case Constraint.Any _, Constraint.Slot _ -> false;
        };
    }

    private static boolean contains(String type, @Nullable EntityRef in, Constraint inner) {
        return switch (inner) {
            case Constraint.Equal(EntityRef to) ->
                    to.type().equals(type) && (in == null || below(to, Set.of(in)));
            case Constraint.Is(String narrower, EntityRef narrowerIn) ->
                    narrower.equals(type)
                            && (in == null
                                    || (narrowerIn != null && below(narrowerIn, Set.of(in))));
            case Constraint.In(Set<EntityRef> any) ->
                    LEAVES.contains(type)
                            && any.stream()
                                    .allMatch(each ->
                                            each.type().equals(type)
                                                    && (in == null || below(each, Set.of(in))));
            case Constraint.Any _, Constraint.Slot _ -> false;
        };
    }

    /// Whether the two surely match no object in common.
    static boolean disjoint(Constraint one, Constraint other) {
        return switch (one) {
            case Constraint.Equal(EntityRef to) -> misses(other, to);
            case Constraint.In(Set<EntityRef> any) ->
                    switch (other) {
                        case Constraint.Equal(EntityRef to) -> misses(one, to);
                        case Constraint.In(Set<EntityRef> others) ->
                                any.stream().allMatch(each -> apart(each, others));
                        case Constraint.Is(var _, EntityRef in) ->
                                in != null
                                        && any.stream().allMatch(each -> apart(each, Set.of(in)));
                        case Constraint.Any _, Constraint.Slot _ -> false;
                    };
            case Constraint.Is(String type, EntityRef in) ->
                    switch (other) {
                        case Constraint.Equal(EntityRef to) -> misses(one, to);
                        case Constraint.Is(String otherType, var _) -> !type.equals(otherType);
                        case Constraint.In(Set<EntityRef> others) ->
                                in != null
                                        && others.stream()
                                                .allMatch(each -> apart(each, Set.of(in)));
                        case Constraint.Any _, Constraint.Slot _ -> false;
                    };
            case Constraint.Any _, Constraint.Slot _ -> false;
        };
    }

    private static boolean misses(Constraint constraint, EntityRef object) {
        return switch (constraint) {
            case Constraint.Equal(EntityRef to) -> !to.equals(object);
            case Constraint.In(Set<EntityRef> any) -> known(object) && !below(object, any);
            case Constraint.Is(String type, EntityRef in) ->
                    !object.type().equals(type)
                            || (in != null && known(object) && !below(object, Set.of(in)));
            case Constraint.Any _, Constraint.Slot _ -> false;
        };
    }

    /// Whether nothing can be in the one and in one of the others: trees of names, of which neither
    /// holds the other.
    private static boolean apart(EntityRef one, Collection<EntityRef> others) {
        return known(one)
                && others.stream()
                        .allMatch(other ->
                                known(other)
                                        && !below(one, Set.of(other))
                                        && !below(other, Set.of(one)));
    }

    private static boolean known(EntityRef object) {
        return OF_QUAY.contains(object.type());
    }

    private static boolean below(EntityRef object, Set<EntityRef> any) {
        return above(object).stream().anyMatch(any::contains);
    }

    /// The object and what its name says it is in.
    private static Set<EntityRef> above(EntityRef object) {
        Set<EntityRef> found = new HashSet<>(Set.of(object));
        if (object.type().equals(EntityTypes.REPOSITORY)) {
            int slash = object.id().indexOf('/');
            if (slash > 0) {
                found.add(EntityRef.organization(object.id().substring(0, slash)));
            }
        }
        if (known(object)) {
            found.add(EntityRef.registry());
        }
        return found;
    }
}
