package io.quay.pdp.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.decision.Candidate;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.Question;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The policies of one kind, ready to be evaluated. Immutable, but for what it remembers.
///
/// The engine sees them all, and is asked only what neither scopes alone nor an earlier answer
/// tell.
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

    private final ScopeIndex index;

    /// That it was linked for; empty for a set that stands alone.
    private final List<Granted> linkedFor;

    private final RememberedAnswers answers;
    private final Set<EntityRef> readByName;
    private final Set<EntityRef> named;
    private final Cache<List<Granted>, CompiledSet> linked =
            Caffeine.newBuilder().maximumSize(LINKED_SETS).build();

    private CompiledSet(
            PolicyLanguage language,
            List<PolicyDefinition> definitions,
            List<Granted> grants,
            PolicyEngine engine,
            Map<String, Member> members,
            List<Granted> linkedFor,
            RememberedAnswers answers) {
        this.language = language;
        this.definitions = List.copyOf(definitions);
        this.roles =
                this.definitions.stream()
                        .filter(PolicyDefinition::template)
                        .collect(Collectors.groupingBy(PolicyDefinition::role));
        this.grants = Set.copyOf(grants);
        this.engine = engine;
        this.members = Map.copyOf(members);
        this.index = new ScopeIndex(this.members.values());
        this.linkedFor = List.copyOf(linkedFor);
        this.answers = answers;
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
        return compile(language, definitions, grants, GRANT, List.of(), new RememberedAnswers());
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
                                LIVE_GRANT,
                                wanted,
                                answers));
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
            String prefix,
            List<Granted> linkedFor,
            RememberedAnswers answers) {
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
                members,
                linkedFor,
                answers);
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

    /// The engine's answer, from the engine itself only when nothing else tells it.
    Evaluation evaluate(Question question) {
        Slice slice = new Slice(matching(question));
        return slice.settled()
                .orElseGet(() -> {
                    Question narrowed = slice.narrowed(question);
                    return answers.get(linkedFor, narrowed, () -> engine.evaluate(narrowed));
                });
    }

    /// The engine's own answer to the whole question.
    Evaluation evaluateAnew(Question question) {
        return engine.evaluate(question);
    }

    int size() {
        return members.size();
    }

    List<Candidate> candidates(Question question) {
        return matching(question).stream().map(Member::candidate).toList();
    }

    /// Those whose scope matches, in the order of their ids.
    List<Member> matching(Question question) {
        return index.matching(question);
    }

    boolean mayForbidSome(Question question, String resourceType) {
        return index.mayForbidSome(question, resourceType);
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
