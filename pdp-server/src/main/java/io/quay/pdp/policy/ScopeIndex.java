package io.quay.pdp.policy;

import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Members of a set by what their scope names: the principal, else the resource, else nothing.
/// Immutable.
final class ScopeIndex {
    private final Map<EntityRef, List<CompiledSet.Member>> byPrincipal = new HashMap<>();
    private final Map<EntityRef, List<CompiledSet.Member>> byResource = new HashMap<>();
    private final List<CompiledSet.Member> open = new ArrayList<>();
    private final List<CompiledSet.Member> all;

    ScopeIndex(Collection<CompiledSet.Member> members) {
        all = List.copyOf(members);
        for (CompiledSet.Member member : members) {
            Set<EntityRef> principals = member.scope().principal().named();
            Set<EntityRef> resources = member.scope().resource().named();
            if (!principals.isEmpty()) {
                add(byPrincipal, principals, member);
            } else if (!resources.isEmpty()) {
                add(byResource, resources, member);
            } else {
                open.add(member);
            }
        }
    }

    private static void add(
            Map<EntityRef, List<CompiledSet.Member>> index,
            Set<EntityRef> named,
            CompiledSet.Member member) {
        named.forEach(ref -> index.computeIfAbsent(ref, _ -> new ArrayList<>()).add(member));
    }

    /// Those whose scope matches, in the order of their ids.
    List<CompiledSet.Member> matching(Question question) {
        Set<EntityRef> principals = question.withAncestors(question.principal());
        Set<EntityRef> resources = question.withAncestors(question.resource());
        return matching(
                Stream.of(
                                named(byPrincipal, principals),
                                named(byResource, resources),
                                open.stream())
                        .flatMap(members -> members),
                question);
    }

    private static Stream<CompiledSet.Member> named(
            Map<EntityRef, List<CompiledSet.Member>> index, Set<EntityRef> refs) {
        return refs.stream().flatMap(ref -> index.getOrDefault(ref, List.of()).stream());
    }

    /// The same of any members; what is there twice counts once.
    static List<CompiledSet.Member> matching(
            Stream<CompiledSet.Member> members, Question question) {
        Set<EntityRef> principals = question.withAncestors(question.principal());
        Set<EntityRef> actions = question.withAncestors(question.action());
        Set<EntityRef> resources = question.withAncestors(question.resource());
        SortedMap<String, CompiledSet.Member> found = new TreeMap<>();
        members.filter(
                        member -> {
                            Scope scope = member.scope();
                            return scope.action().matches(question.action(), actions)
                                    && scope.principal().matches(question.principal(), principals)
                                    && scope.resource().matches(question.resource(), resources);
                        })
                .forEach(member -> found.put(member.candidate().id(), member));
        return List.copyOf(found.values());
    }

    /// Whether a forbid for this principal and action depends on which object of the type the
    /// resource is.
    boolean mayForbidSome(Question question, String resourceType) {
        Set<EntityRef> principals = question.withAncestors(question.principal());
        Set<EntityRef> actions = question.withAncestors(question.action());
        return all.stream()
                .filter(member -> member.candidate().forbid())
                .filter(member ->
                        member.scope().principal().matches(question.principal(), principals))
                .filter(member -> member.scope().action().matches(question.action(), actions))
                .anyMatch(member -> dependsOnResource(member, resourceType));
    }

    private static boolean dependsOnResource(CompiledSet.Member member, String resourceType) {
        return switch (member.scope().resource()) {
            case Constraint.Any _ -> member.definition().conditional();
            case Constraint.Equal(EntityRef to) -> to.type().equals(resourceType);
            case Constraint.Is(String type, var _) -> type.equals(resourceType);
            case Constraint.In _, Constraint.Slot _ -> true;
        };
    }
}
