package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.ActionModel;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.identity.EntityRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The loaded schema as Java sees it: actions with their groups and contexts, entity types with
/// their attributes. Immutable.
final class SchemaModel implements ActionModel {
    private record Declared(Action action, Set<String> principalTypes) {}

    private final JsonNode json;
    private final Map<String, Shape.RecordOf> attributes = new HashMap<>();
    private final Map<String, Shape> tags = new HashMap<>();
    private final Map<String, Set<String>> parentTypes = new HashMap<>();
    private final Map<String, List<Declared>> actionsByName = new HashMap<>();

    private SchemaModel(JsonNode json) {
        this.json = json;
    }

    /// @param json a schema in Cedar's JSON form, already accepted by Cedar
    static SchemaModel of(JsonNode json) {
        SchemaModel model = new SchemaModel(json);
        json.properties()
                .forEach(namespace -> model.readTypes(namespace.getKey(), namespace.getValue()));
        json.properties()
                .forEach(namespace -> model.readActions(namespace.getKey(), namespace.getValue()));
        return model;
    }

    @Override
    public Optional<Action> find(String name, String principalType) {
        return actionsByName.getOrDefault(name, List.of()).stream()
                .filter(declared -> declared.principalTypes().contains(principalType))
                .map(Declared::action)
                .findFirst();
    }

    @Override
    public Set<String> names(String principalType, String resourceType) {
        return actionsOf(principalType).stream()
                .filter(action -> action.resourceTypes().contains(resourceType))
                .map(action -> action.ref().id())
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean knowsType(String entityType) {
        return attributes.containsKey(entityType);
    }

    @Override
    public Shape.RecordOf attributes(String entityType) {
        return attributes.getOrDefault(entityType, new Shape.RecordOf(Map.of()));
    }

    /// What the type's tags hold; empty when it has none.
    Optional<Shape> tags(String entityType) {
        return Optional.ofNullable(tags.get(entityType));
    }

    Set<String> parentTypes(String entityType) {
        return parentTypes.getOrDefault(entityType, Set.of());
    }

    /// Every action that applies to something, so no groups.
    List<Action> actions() {
        return actionsByName.values().stream().flatMap(List::stream).map(Declared::action).toList();
    }

    /// Those of them that apply to this principal type.
    List<Action> actionsOf(String principalType) {
        return actionsByName.values().stream()
                .flatMap(List::stream)
                .filter(declared -> declared.principalTypes().contains(principalType))
                .map(Declared::action)
                .toList();
    }

    private void readTypes(String namespace, JsonNode content) {
        content.path("entityTypes")
                .properties()
                .forEach(entry -> {
                    String type = qualified(namespace, entry.getKey());
                    Shape shape = shape(namespace, entry.getValue().path("shape"));
                    attributes.put(
                            type,
                            shape instanceof Shape.RecordOf declared
                                    ? declared
                                    : new Shape.RecordOf(Map.of()));
                    if (entry.getValue().has("tags")) {
                        tags.put(type, shape(namespace, entry.getValue().path("tags")));
                    }
                    Set<String> parents = new HashSet<>();
                    entry.getValue()
                            .path("memberOfTypes")
                            .forEach(parent -> parents.add(entityType(namespace, parent.asText())));
                    parentTypes.put(type, parents);
                });
    }

    private void readActions(String namespace, JsonNode content) {
        content.path("actions")
                .properties()
                .forEach(entry -> {
                    JsonNode appliesTo = entry.getValue().path("appliesTo");
                    Set<String> principals = names(namespace, appliesTo.path("principalTypes"));
                    if (principals.isEmpty()) {
                        return;
                    }
                    Shape context = shape(namespace, appliesTo.path("context"));
                    Action action =
                            new Action(
                                    new EntityRef(qualified(namespace, "Action"), entry.getKey()),
                                    groups(namespace, entry.getKey(), new HashSet<>()),
                                    names(namespace, appliesTo.path("resourceTypes")),
                                    context instanceof Shape.RecordOf members
                                            ? members
                                            : new Shape.RecordOf(Map.of()));
                    actionsByName
                            .computeIfAbsent(entry.getKey(), _ -> new ArrayList<>())
                            .add(new Declared(action, principals));
                });
    }

    private Set<EntityRef> groups(String namespace, String action, Set<EntityRef> found) {
        for (JsonNode parent : json.path(namespace).path("actions").path(action).path("memberOf")) {
            String type = parent.path("type").asText("");
            String parentNamespace =
                    type.isEmpty() || type.equals("Action") ? namespace : namespaceOf(type);
            EntityRef ref =
                    new EntityRef(qualified(parentNamespace, "Action"), parent.path("id").asText());
            if (found.add(ref)) {
                groups(parentNamespace, ref.id(), found);
            }
        }
        return found;
    }

    private Set<String> names(String namespace, JsonNode list) {
        Set<String> found = new HashSet<>();
        list.forEach(name -> found.add(entityType(namespace, name.asText())));
        return found;
    }

    private Shape shape(String namespace, JsonNode type) {
        return switch (type.path("type").asText("")) {
            case "" -> new Shape.RecordOf(Map.of());
            case "String" -> Shape.Primitive.STRING;
            case "Boolean", "Bool" -> Shape.Primitive.BOOL;
            case "Long" -> Shape.Primitive.LONG;
            case "Set" -> new Shape.SetOf(shape(namespace, type.path("element")));
            case "Record" -> recordShape(namespace, type.path("attributes"));
            case "Entity" -> new Shape.EntityOf(entityType(namespace, type.path("name").asText()));
            case "Extension" -> extension(type.path("name").asText());
            case "EntityOrCommon" -> named(namespace, type.path("name").asText());
            default -> named(namespace, type.path("type").asText());
        };
    }

    private Shape.RecordOf recordShape(String namespace, JsonNode members) {
        Map<String, Shape.Member> found = new HashMap<>();
        members.properties()
                .forEach(entry ->
                        found.put(
                                entry.getKey(),
                                new Shape.Member(
                                        shape(namespace, entry.getValue()),
                                        entry.getValue().path("required").asBoolean(true))));
        return new Shape.RecordOf(found);
    }

    private Shape named(String namespace, String name) {
        String plain = name.startsWith("__cedar::") ? name.substring("__cedar::".length()) : name;
        String owner = plain.contains("::") ? namespaceOf(plain) : namespace;
        String local = plain.contains("::") ? plain.substring(owner.length() + 2) : plain;
        JsonNode common = json.path(owner).path("commonTypes").path(local);
        if (!common.isMissingNode()) {
            return shape(owner, common);
        }
        return switch (plain) {
            case "String" -> Shape.Primitive.STRING;
            case "Bool", "Boolean" -> Shape.Primitive.BOOL;
            case "Long" -> Shape.Primitive.LONG;
            case "ipaddr", "datetime", "decimal", "duration" -> extension(plain);
            default -> new Shape.EntityOf(entityType(namespace, plain));
        };
    }

    private static Shape extension(String name) {
        return switch (name) {
            case "ipaddr" -> Shape.Primitive.IP;
            case "datetime" -> Shape.Primitive.DATETIME;
            default -> new Shape.Opaque(name);
        };
    }

    /// A type's full name: in the namespace that mentions it when it is declared there, else as
    /// written.
    private String entityType(String namespace, String name) {
        String local = qualified(namespace, name);
        return json.path(namespace).path("entityTypes").has(name) ? local : name;
    }

    private static String qualified(String namespace, String name) {
        return namespace.isEmpty() ? name : namespace + "::" + name;
    }

    private static String namespaceOf(String type) {
        int end = type.lastIndexOf("::");
        return end < 0 ? "" : type.substring(0, end);
    }
}
