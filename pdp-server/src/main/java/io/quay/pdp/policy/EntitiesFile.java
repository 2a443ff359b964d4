package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.QuayNames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads `entities.json`: facts that policies use, in Cedar's entity JSON. What ids say already it
/// cannot contradict: a repository is in its namespace, a namespace in the registry.
final class EntitiesFile {
    static final String NAME = "entities.json";
    private static final Set<String> REFUSED =
            Set.of(EntityTypes.SERVICE_ACCOUNT, EntityTypes.USER);
    private static final Set<String> MEMBERS = Set.of("uid", "attrs", "parents", "tags");

    private final SchemaModel schema;
    private final List<Problem> problems;
    private final Map<EntityRef, EntityData> facts = new HashMap<>();

    EntitiesFile(SchemaModel schema, List<Problem> problems) {
        this.schema = schema;
        this.problems = problems;
    }

    Map<EntityRef, EntityData> read(String text) {
        try {
            YamlDocument document = YamlDocument.parse(NAME, text);
            if (!document.root().isArray()) {
                add(0, "this file must be an array of entities", null);
            }
            for (int i = 0; i < document.root().size(); i++) {
                readEntity(document.root().get(i), document.line("/" + i));
            }
            facts.keySet().stream()
                    .filter(this::isWithinItself)
                    .sorted(Comparator.comparing(EntityRef::toString))
                    .forEach(ref -> add(0, "`" + ref + "` is a member of itself", null));
        } catch (YamlDocument.ProblemException e) {
            problems.add(e.problem());
        }
        return Map.copyOf(facts);
    }

    private void add(int line, String message, @org.jspecify.annotations.Nullable String hint) {
        problems.add(new Problem("entities", NAME, line, 0, message, hint));
    }

    private void readEntity(JsonNode node, int line) {
        EntityRef ref = reference(node.path("uid"));
        if (ref == null) {
            add(line, "an entity needs a `uid` {\"type\": …, \"id\": …}", null);
            return;
        }
        if (!schema.knowsType(ref.type())) {
            add(line, "the schema has no entity type `" + ref.type() + "`", null);
            return;
        }
        if (REFUSED.contains(ref.type())
                || ref.type().startsWith("Workload::")
                || ref.type().startsWith("Pdp::")) {
            add(
                    line,
                    "`" + ref + "` cannot be declared here",
                    "service accounts belong into accounts.yaml");
            return;
        }
        if (!QuayNames.wellFormed(ref)) {
            add(
                    line,
                    "`" + ref + "` is not a name that Quay takes as it is",
                    "the one registry is `quay`; names of organizations and repositories are lower case");
        }
        for (String name : node.propertyStream().map(Map.Entry::getKey).toList()) {
            if (!MEMBERS.contains(name)) {
                add(
                        line,
                        "`" + ref + "`: `" + name + "` is not known here",
                        "known are attrs, parents, tags, uid");
            }
        }
        try {
            Map<String, Value> attributes = attributes(ref, node.path("attrs"));
            EntityData entity =
                    new EntityData(
                            ref,
                            attributes,
                            parents(ref, node.path("parents"), line),
                            tags(ref, node.path("tags")));
            if (facts.put(ref, entity) != null) {
                add(line, "`" + ref + "` is declared twice", null);
            }
        } catch (Shape.MisfitException | IllegalArgumentException e) {
            add(line, "`" + ref + "`: " + e.getMessage(), null);
        }
    }

    private Map<String, Value> attributes(EntityRef ref, JsonNode attrs) {
        Shape.RecordOf declared = schema.attributes(ref.type());
        expect(attrs.isMissingNode() || attrs.isObject(), "`attrs` must be an object");
        Map<String, Value> given = new HashMap<>();
        attrs.properties()
                .forEach(entry -> {
                    if (!declared.members().containsKey(entry.getKey())) {
                        throw new IllegalArgumentException(
                                "the schema declares no attribute `" + entry.getKey() + "`");
                    }
                    given.put(entry.getKey(), JsonValues.read(entry.getValue()));
                });
        return declared.fitMembers(given, "attrs");
    }

    private Map<String, Value> tags(EntityRef ref, JsonNode node) {
        expect(node.isMissingNode() || node.isObject(), "`tags` must be an object");
        Optional<Shape> declared = schema.tags(ref.type());
        expect(node.isEmpty() || declared.isPresent(), "entities of this type have no tags");
        Map<String, Value> tags = new HashMap<>();
        node.properties()
                .forEach(entry ->
                        declared.ifPresent(shape ->
                                tags.put(
                                        entry.getKey(),
                                        shape.fit(
                                                JsonValues.read(entry.getValue()),
                                                "tags." + entry.getKey()))));
        return tags;
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private boolean isWithinItself(EntityRef start) {
        Set<EntityRef> above = new HashSet<>();
        Deque<EntityRef> next = new ArrayDeque<>(Set.of(start));
        while (!next.isEmpty()) {
            EntityData entity = facts.get(next.pop());
            if (entity != null) {
                entity.parents().stream().filter(above::add).forEach(next::push);
            }
        }
        return above.contains(start);
    }

    private Set<EntityRef> parents(EntityRef ref, JsonNode list, int line) {
        expect(list.isMissingNode() || list.isArray(), "`parents` must be an array");
        Set<EntityRef> parents = new HashSet<>();
        List<EntityRef> foreign = new ArrayList<>();
        for (JsonNode node : list) {
            EntityRef parent = reference(node);
            if (parent == null || !schema.parentTypes(ref.type()).contains(parent.type())) {
                add(line, "`" + ref + "` cannot be in what `parents` names", null);
                continue;
            }
            parents.add(parent);
            if (ref.type().startsWith("Quay::") && !impliedParents(ref).contains(parent)) {
                foreign.add(parent);
            }
        }
        if (!foreign.isEmpty()) {
            add(
                    line,
                    "`" + ref + "` is not in `" + foreign.getFirst() + "` by this file",
                    ref.type().equals(EntityTypes.GROUP)
                            ? "groups are nested in accounts.yaml"
                            : "its id says where it is: leave `parents` out");
        }
        return parents;
    }

    private static Set<EntityRef> impliedParents(EntityRef ref) {
        return switch (ref.type()) {
            case EntityTypes.ORGANIZATION, EntityTypes.BUILD -> Set.of(EntityRef.registry());
            case EntityTypes.REPOSITORY ->
                    Set.of(EntityRef.organization(ref.id().split("/", 2)[0]));
            default -> Set.of();
        };
    }

    private static @org.jspecify.annotations.Nullable EntityRef reference(JsonNode node) {
        JsonNode plain = node.has("__entity") ? node.path("__entity") : node;
        return plain.path("type").isTextual()
                        && plain.path("id").isTextual()
                        && !plain.path("type").asText().isEmpty()
                ? new EntityRef(plain.path("type").asText(), plain.path("id").asText())
                : null;
    }
}
