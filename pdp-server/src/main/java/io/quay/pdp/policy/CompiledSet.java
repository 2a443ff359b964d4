package io.quay.pdp.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.decision.Candidate;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.Question;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The policies of one kind, ready to be evaluated. Immutable.
///
/// The engine sees them all; an index by scope, so that it sees only those that can match, belongs
/// here.
final class CompiledSet {
    /// A policy, or a role as it was granted.
    ///
    /// @param definition of the policy or the role
    ///
    /// @param granted null for a policy
    record Member(
            Candidate candidate,
            Scope scope,
            PolicyDefinition definition,
            Reason reason,
            @Nullable Granted granted) {}

    /// Before names within the engine's set, where templates, links and policies share one
    /// namespace.
    static final String ROLE = "role ";

    static final String GRANT = "grant ";

    /// Before names of grants that the API made: those of Git may have any id.
    static final String LIVE_GRANT = "live grant ";

    /// So many accounts with grants of their own are held ready at once.
    private static final int LINKED_SETS = 2_000;

    private final PolicyLanguage language;
    private final List<PolicyDefinition> definitions;
    private final Map<String, List<PolicyDefinition>> roles;
    private final Set<Granted> grants;
    private final PolicyEngine engine;
    private final Map<String, Member> members;
    private final Set<EntityRef> readByName;
    private final Set<EntityRef> named;
    private final Cache<List<Granted>, CompiledSet> linked =
            Caffeine.newBuilder().maximumSize(LINKED_SETS).build();

    private CompiledSet(
            PolicyLanguage language,
            List<PolicyDefinition> definitions,
            List<Granted> grants,
            PolicyEngine engine,
            Map<String, Member> members) {
        this.language = language;
        this.definitions = List.copyOf(definitions);
        this.roles =
                this.definitions.stream()
                        .filter(PolicyDefinition::template)
                        .collect(Collectors.groupingBy(PolicyDefinition::role));
        this.grants = Set.copyOf(grants);
        this.engine = engine;
        this.members = Map.copyOf(members);
        // templates that are not linked yet count, too: they may be at any moment
        this.readByName =
                definitions.stream()
                        .flatMap(definition -> Reads.entities(definition.tree()).stream())
                        .collect(Collectors.toUnmodifiableSet());
        this.named =
                Stream.concat(
                                definitions.stream()
                                        .flatMap(each -> Reads.named(each.tree()).stream()),
                                members.values().stream()
                                        .flatMap(member -> member.scope().named().stream()))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// A role granted to an account or a group: each of its templates becomes a policy.
    record Granted(Grant grant, EntityRef holder) {}

    static CompiledSet compile(
            PolicyLanguage language, List<PolicyDefinition> definitions, List<Granted> grants) {
        return compile(language, definitions, grants, GRANT);
    }

    /// Grants that were made since this set was compiled, as a small set of their own.
    ///
    /// @param further of roles that this set has
    /// @throws IllegalStateException when the engine takes no more sets
    CompiledSet link(List<Granted> further) {
        return linked.get(
                further,
                wanted ->
                        compile(
                                language,
                                wanted.stream()
                                        .flatMap(granted -> templates(granted).stream())
                                        .distinct()
                                        .toList(),
                                wanted,
                                LIVE_GRANT));
    }

    /// The same grants as members, without an engine.
    List<Member> membersOf(List<Granted> further) {
        return further.stream()
                .flatMap(granted ->
                        templates(granted).stream()
                                .map(template ->
                                        linked(
                                                idOf(LIVE_GRANT, granted, template),
                                                template,
                                                granted)))
                .toList();
    }

    private List<PolicyDefinition> templates(Granted granted) {
        return roles.getOrDefault(granted.grant().role(), List.of());
    }

    /// The templates of each role, by the role's name.
    Map<String, List<PolicyDefinition>> roles() {
        return roles;
    }

    private static String idOf(String prefix, Granted granted, PolicyDefinition template) {
        return prefix + granted.grant().id() + " of " + template.id();
    }

    private static CompiledSet compile(
            PolicyLanguage language,
            List<PolicyDefinition> definitions,
            List<Granted> grants,
            String prefix) {
        Map<String, Member> members = new HashMap<>();
        Map<String, String> policies = new HashMap<>();
        Map<String, String> templateTexts = new HashMap<>();
        Map<String, List<PolicyDefinition>> roles = new HashMap<>();
        for (PolicyDefinition definition : definitions) {
            if (definition.template()) {
                roles.computeIfAbsent(definition.role(), _ -> new ArrayList<>()).add(definition);
                templateTexts.put(definition.id(), definition.statement().text());
            } else {
                policies.put(definition.id(), definition.statement().text());
                Candidate candidate =
                        new Candidate(
                                definition.id(), definition.forbid(), definition.reads(), null);
                members.put(
                        definition.id(),
                        new Member(
                                candidate,
                                definition.scope(),
                                definition,
                                definition.reason(),
                                null));
            }
        }
        Map<String, String> templateIds = new HashMap<>();
        templateTexts.forEach((id, text) -> templateIds.put(ROLE + id, text));
        List<PolicyLanguage.Link> links = new ArrayList<>();
        for (Granted granted : grants) {
            List<PolicyDefinition> templates = roles.get(granted.grant().role());
            if (templates == null) {
                throw new IllegalStateException("grants are checked before they are compiled");
            }
            for (PolicyDefinition template : templates) {
                String id = idOf(prefix, granted, template);
                links.add(
                        new PolicyLanguage.Link(
                                ROLE + template.id(),
                                id,
                                granted.holder(),
                                granted.grant().resource()));
                members.put(id, linked(id, template, granted));
            }
        }
        return new CompiledSet(
                language,
                definitions,
                grants,
                language.compile(policies, templateIds, links),
                members);
    }

    private static Member linked(String id, PolicyDefinition template, Granted granted) {
        Grant grant = granted.grant();
        return new Member(
                new Candidate(id, false, template.reads(), grant.expiresAt()),
                template.scope().filledWith(granted.holder(), grant.resource()),
                template,
                new Reason(
                        template.role(),
                        grant.id(),
                        template.statement().file(),
                        template.statement().line()),
                granted);
    }

    /// Every policy and every template, linked or not.
    List<PolicyDefinition> definitions() {
        return definitions;
    }

    /// Whether this grant is compiled into the set.
    boolean holds(Granted granted) {
        return grants.contains(granted);
    }

    PolicyEngine engine() {
        return engine;
    }

    int size() {
        return members.size();
    }

    List<Candidate> candidates(Question question) {
        return matching(question).stream().map(Member::candidate).toList();
    }

    /// Those whose scope matches, in the order of their ids.
    List<Member> matching(Question question) {
        return matching(members.values(), question);
    }

    static List<Member> matching(Collection<Member> members, Question question) {
        Set<EntityRef> principals = question.withAncestors(question.principal());
        Set<EntityRef> actions = question.withAncestors(question.action());
        Set<EntityRef> resources = question.withAncestors(question.resource());
        return members.stream()
                .filter(member ->
                        member.scope().principal().matches(question.principal(), principals))
                .filter(member -> member.scope().action().matches(question.action(), actions))
                .filter(member -> member.scope().resource().matches(question.resource(), resources))
                .sorted(java.util.Comparator.comparing(member -> member.candidate().id()))
                .toList();
    }

    boolean mayForbidSome(Question question, String resourceType) {
        Set<EntityRef> principals = question.withAncestors(question.principal());
        Set<EntityRef> actions = question.withAncestors(question.action());
        return members.values().stream()
                .filter(member -> member.candidate().forbid())
                .filter(member ->
                        member.scope().principal().matches(question.principal(), principals))
                .filter(member -> member.scope().action().matches(question.action(), actions))
                .anyMatch(member -> dependsOnResource(member, resourceType));
    }

    private static boolean dependsOnResource(Member member, String resourceType) {
        return switch (member.scope().resource()) {
            case Constraint.Any _ -> !member.definition().tree().path("conditions").isEmpty();
            case Constraint.Equal(EntityRef to) -> to.type().equals(resourceType);
            case Constraint.Is(String type, var _) -> type.equals(resourceType);
            case Constraint.In _, Constraint.Slot _ -> true;
        };
    }

    /// Entities that the conditions read by name.
    Set<EntityRef> readByName() {
        return readByName;
    }

    /// Entities that the scopes of its policies and of granted roles, or their conditions, name.
    Set<EntityRef> named() {
        return named;
    }

    Map<String, Member> members() {
        return members;
    }

    Reason reason(String policyId) {
        Member member = members.get(policyId);
        return member == null ? new Reason(policyId, null, "", 0) : member.reason();
    }
}
