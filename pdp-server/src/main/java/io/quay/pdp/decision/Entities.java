package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Builds the entities of one question: the principal, the action, the resource, their ancestors,
/// what these and the policies name, and no others. Each is always there, because Cedar skips a
/// policy that reads an entity which was not sent.
final class Entities {
    private final Knowledge knowledge;
    private final Map<EntityRef, Facts> facts;

    Entities(Knowledge knowledge) {
        this(knowledge, Map.of());
    }

    /// @param facts what a source said, beside what is on file
    Entities(Knowledge knowledge, Map<EntityRef, Facts> facts) {
        this.knowledge = knowledge;
        this.facts = facts;
    }

    /// What a source said.
    Map<EntityRef, Facts> facts() {
        return facts;
    }

    /// Adds the entities that values or policies name and that are not there yet, with what these
    /// name in turn: to Cedar an entity that was not sent has no attributes, no tags and no
    /// parents, and a condition guarded by `has` would be false for want of data.
    void complete(
            Map<EntityRef, EntityData> found,
            Collection<Value> context,
            Set<EntityRef> readByName) {
        Deque<EntityRef> named = new ArrayDeque<>(readByName);
        context.forEach(value -> collect(value, named));
        List.copyOf(found.values())
                .forEach(entity ->
                        entity.attributes().values().forEach(value -> collect(value, named)));
        while (!named.isEmpty()) {
            EntityRef ref = named.pop();
            if (!found.containsKey(ref)) {
                for (EntityData entity : of(ref)) {
                    if (found.putIfAbsent(entity.ref(), entity) == null) {
                        entity.attributes().values().forEach(value -> collect(value, named));
                    }
                }
            }
        }
    }

    /// The entity with all that it is in.
    List<EntityData> of(EntityRef ref) {
        return switch (ref.type()) {
            case EntityTypes.SERVICE_ACCOUNT ->
                    knowledge
                            .accounts()
                            .find(ref.id())
                            .map(this::ofAccount)
                            .orElseGet(() -> List.of(EntityData.bare(ref)));
            case EntityTypes.GROUP -> {
                Map<EntityRef, EntityData> found = new LinkedHashMap<>();
                addGroup(ref.id(), found);
                yield List.copyOf(found.values());
            }
            default -> ofObject(ref);
        };
    }

    private static void collect(Value value, Deque<EntityRef> named) {
        switch (value) {
            case Value.Entity(EntityRef ref) -> named.add(ref);
            case Value.Many(var values) -> values.forEach(inner -> collect(inner, named));
            case Value.Fields(var fields) ->
                    fields.values().forEach(inner -> collect(inner, named));
            case Value.Text _,
                    Value.Bool _,
                    Value.Whole _,
                    Value.Address _,
                    Value.Moment _,
                    Value.Unfit _ -> {}
        }
    }

    /// The account, the groups it is in (also through groups) and its owner.
    List<EntityData> ofAccount(ServiceAccount account) {
        Map<EntityRef, EntityData> found = new LinkedHashMap<>();
        Set<EntityRef> parents =
                account.groups().stream().map(EntityRef::group).collect(Collectors.toSet());
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("name", Value.of(account.name()));
        attributes.put("enabled", Value.of(account.enabled()));
        if (account.createdAt() != null) {
            attributes.put("created", new Value.Moment(account.createdAt()));
        }
        String owner = account.owner();
        if (owner != null) {
            EntityRef organization = EntityRef.organization(owner);
            attributes.put("owner", new Value.Entity(organization));
            parents.add(organization);
            ofObject(organization).forEach(entity -> found.put(entity.ref(), entity));
        }
        Map<String, Value> labels = new HashMap<>();
        account.labels().forEach((key, value) -> labels.put(key, Value.of(value)));
        found.put(account.entity(), new EntityData(account.entity(), attributes, parents, labels));
        account.groups().forEach(group -> addGroup(group, found));
        return List.copyOf(found.values());
    }

    private void addGroup(String name, Map<EntityRef, EntityData> found) {
        EntityRef ref = EntityRef.group(name);
        if (found.containsKey(ref)) {
            return;
        }
        Set<String> parents =
                knowledge.accounts().findGroup(name).map(group -> group.groups()).orElse(Set.of());
        EntityData group = knowledge.fact(ref).orElseGet(() -> EntityData.bare(ref));
        found.put(
                ref,
                group.withParents(
                        parents.stream().map(EntityRef::group).collect(Collectors.toSet())));
        parents.forEach(parent -> addGroup(parent, found));
    }

    /// An object of Quay or of another schema, with its ancestors.
    List<EntityData> ofObject(EntityRef ref) {
        List<EntityData> found = new ArrayList<>();
        addObject(ref, found);
        return found;
    }

    private void addObject(EntityRef ref, List<EntityData> found) {
        if (found.stream().anyMatch(entity -> entity.ref().equals(ref))) {
            return;
        }
        Facts told = facts.get(ref);
        EntityData onFile = knowledge.fact(ref).orElseGet(() -> EntityData.bare(ref));
        EntityData known = told == null ? onFile : onFile.completedBy(told.attributes());
        EntityData entity =
                switch (ref.type()) {
                    case EntityTypes.REGISTRY ->
                            known.withParents(Set.of()).completedBy(noFeatures());
                    case EntityTypes.ORGANIZATION, EntityTypes.USER, EntityTypes.BUILD ->
                            known.withParents(Set.of(EntityRef.registry()));
                    case EntityTypes.REPOSITORY ->
                            known.withParents(
                                    Set.of(EntityRef.organization(namespaceOf(ref.id()))));
                    default -> known;
                };
        found.add(entity);
        entity.parents().forEach(parent -> addObject(parent, found));
    }

    private static Map<String, Value> noFeatures() {
        return Map.of("features", new Value.Many(List.of()));
    }

    /// The first segment: repository names may contain slashes, namespaces may not.
    private static String namespaceOf(String repository) {
        int slash = repository.indexOf('/');
        return slash < 0 ? repository : repository.substring(0, slash);
    }

    static List<EntityData> ofAction(ActionModel.Action action) {
        List<EntityData> found = new ArrayList<>();
        found.add(EntityData.bare(action.ref()).withParents(action.groups()));
        action.groups().forEach(group -> found.add(EntityData.bare(group)));
        return found;
    }
}
