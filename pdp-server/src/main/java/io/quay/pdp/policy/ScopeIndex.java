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
        Asked asked = Asked.of(question);
        SortedMap<String, CompiledSet.Member> found = new TreeMap<>();
        for (EntityRef principal : asked.principals()) {
            asked.match(byPrincipal.getOrDefault(principal, List.of()), found);
        }
        for (EntityRef resource : asked.resources()) {
            asked.match(byResource.getOrDefault(resource, List.of()), found);
        }
        asked.match(open, found);
        return List.copyOf(found.values());
    }

    /// The same of any members; what is there twice counts once.
    static List<CompiledSet.Member> matching(
            Collection<CompiledSet.Member> members, Question question) {
        SortedMap<String, CompiledSet.Member> found = new TreeMap<>();
        Asked.of(question).match(members, found);
        return List.copyOf(found.values());
    }

    /// What scopes are compared with: each entity of the question with all that it is in.
    private record Asked(
            Question question,
            Set<EntityRef> principals,
            Set<EntityRef> actions,
            Set<EntityRef> resources) {
        static Asked of(Question question) {
            return new Asked(
                    question,
                    question.withAncestors(question.principal()),
                    question.withAncestors(question.action()),
                    question.withAncestors(question.resource()));
        }

        void match(
                Collection<CompiledSet.Member> members,
                SortedMap<String, CompiledSet.Member> found) {
            for (CompiledSet.Member member : members) {
                if (matchesCall(member)
                        && member.scope().resource().matches(question.resource(), resources)) {
                    found.put(member.candidate().id(), member);
                }
            }
        }

        boolean matchesCall(CompiledSet.Member member) {
            Scope scope = member.scope();
            return scope.action().matches(question.action(), actions)
                    && scope.principal().matches(question.principal(), principals);
        }
    }

    /// Whether a forbid for this principal and action depends on which object of the type the
    /// resource is.
    boolean mayForbidSome(Question question, String resourceType) {
        Asked asked = Asked.of(question);
        return all.stream()
                .filter(member -> member.candidate().forbid())
                .filter(asked::matchesCall)
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
