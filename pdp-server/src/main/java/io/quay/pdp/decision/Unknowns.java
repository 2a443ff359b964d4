package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// What policies may read but is not known of this request, by path, with the cause of a denial for
/// its sake. Absent is not false: a policy that reads one of these decides nothing.
final class Unknowns {
    private final Map<String, Cause> paths = new LinkedHashMap<>();

    /// Whose attribute a path is.
    private record Attribute(EntityRef of, String name) {}

    private final Map<String, Attribute> attributes = new HashMap<>();

    void add(String path, Cause cause) {
        paths.put(path, cause);
    }

    private void add(String path, Attribute attribute) {
        String whole = path + "." + attribute.name();
        add(whole, Cause.ATTRIBUTE_UNAVAILABLE);
        attributes.put(whole, attribute);
    }

    void addAll(Unknowns more) {
        paths.putAll(more.paths);
        attributes.putAll(more.attributes);
    }

    /// Takes back what a source has settled: its silence is an answer.
    void settle(Map<EntityRef, Facts> facts) {
        attributes.forEach((path, attribute) -> {
            Facts told = facts.get(attribute.of());
            if (told != null && told.settled().contains(attribute.name())) {
                paths.remove(path);
            }
        });
        attributes.keySet().retainAll(paths.keySet());
    }

    Set<String> paths() {
        return paths.keySet();
    }

    /// Attributes that the schema declares for an entity of ours and that are not known of it. Of
    /// entities of other schemas everything is known that is said.
    ///
    /// @param path how policies call the entity
    void addMissing(String path, EntityData entity, ActionModel actions) {
        String type = entity.ref().type();
        if (type.equals(EntityTypes.SERVICE_ACCOUNT)) {
            if (!entity.attributes().containsKey("created")) {
                add(path + ".created", Cause.ATTRIBUTE_UNAVAILABLE);
            }
            // whatever else an account lacks it has not: no owner is an answer
        } else if (type.startsWith("Quay::")) {
            actions.attributes(type).members().keySet().stream()
                    .filter(name -> !entity.attributes().containsKey(name))
                    .forEach(name -> add(path, new Attribute(entity.ref(), name)));
        }
    }

    /// The same for an entity among others, and for the owner that it has among them.
    void addMissing(
            String path, EntityRef ref, Map<EntityRef, EntityData> found, ActionModel actions) {
        EntityData entity = Objects.requireNonNull(found.get(ref));
        addMissing(path, entity, actions);
        if (entity.attributes().get("owner") instanceof Value.Entity(EntityRef owner)) {
            addMissing(path + ".owner", Objects.requireNonNull(found.get(owner)), actions);
        }
    }

    /// The objects of which the policy reads an attribute that is not known.
    Set<EntityRef> objectsReadBy(Candidate policy) {
        Set<EntityRef> objects = new HashSet<>();
        attributes.forEach((path, attribute) -> {
            if (policy.readsAnyOf(Set.of(path))) {
                objects.add(attribute.of());
            }
        });
        return objects;
    }

    /// The first of them that the policy reads.
    Optional<Map.Entry<String, Cause>> firstReadBy(Candidate policy) {
        return paths.entrySet().stream()
                .filter(entry -> policy.readsAnyOf(Set.of(entry.getKey())))
                .findFirst();
    }
}
