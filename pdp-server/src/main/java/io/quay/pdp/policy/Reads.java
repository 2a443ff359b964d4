package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds what a policy's conditions read, as paths from a variable: `context.parameters.tag`,
/// `resource.visibility`.
final class Reads {
    private static final Set<String> READING = Set.of(".", "has", "hasTag", "getTag", "in", "is");

    private final Set<String> paths = new HashSet<>();

    private Reads() {}

    /// @param tree the policy in Cedar's JSON form
    static Set<String> of(JsonNode tree) {
        Reads reads = new Reads();
        tree.path("conditions").forEach(condition -> reads.visit(condition.path("body")));
        return reads.paths;
    }

    /// The entities that the conditions read by name: of which they take attributes, tags or
    /// ancestors, so that more than the name counts.
    static Set<EntityRef> entities(JsonNode tree) {
        Set<EntityRef> found = new HashSet<>();
        tree.path("conditions").forEach(condition -> collect(condition.path("body"), false, found));
        return found;
    }

    /// Every entity that the conditions name, for whatever use.
    static Set<EntityRef> named(JsonNode tree) {
        Set<EntityRef> found = new HashSet<>();
        tree.path("conditions").findValues("__entity").forEach(node -> found.add(reference(node)));
        return found;
    }

    private static void collect(JsonNode expression, boolean read, Set<EntityRef> found) {
        if (expression.isArray()) {
            expression.forEach(element -> collect(element, read, found));
            return;
        }
        expression
                .properties()
                .forEach(entry -> {
                    String operator = entry.getKey();
                    JsonNode operands = entry.getValue();
                    if (operator.equals("Value")) {
                        if (read && operands.has("__entity")) {
                            found.add(reference(operands.path("__entity")));
                        }
                    } else if (READING.contains(operator)) {
                        collect(operands.path("left"), true, found);
                        collect(operands.path("right"), read, found);
                    } else {
                        operands.forEach(operand -> collect(operand, read, found));
                    }
                });
    }

    private static EntityRef reference(JsonNode entity) {
        return new EntityRef(entity.path("type").asText(), entity.path("id").asText());
    }

    /// @param expression one operator with what it works on; a record's members may have any name
    private void visit(JsonNode expression) {
        if (expression.isArray()) {
            expression.forEach(this::visit);
            return;
        }
        if (!expression.isObject()) {
            return;
        }
        String path = pathOf(expression);
        if (path != null) {
            // a bare entity variable is compared by its id alone; the bare context is read as a
            // whole
            if (path.contains(".") || path.equals("context")) {
                paths.add(path);
            }
            return;
        }
        JsonNode access = expression.has(".") ? expression.path(".") : expression.path("has");
        if (access.isObject()) {
            // an attribute of something that is computed: what that may be, if no variable itself,
            // is read as a whole below
            String attribute = access.path("attr").asText();
            paths.add("principal." + attribute);
            paths.add("resource." + attribute);
            if (mentionsOwner(access.path("left"))) {
                paths.add("principal.owner." + attribute);
                paths.add("resource.owner." + attribute);
            }
        }
        expression
                .properties()
                .forEach(operator -> {
                    if (!operator.getKey().equals("Value")) {
                        operator.getValue().forEach(this::visit);
                    }
                });
    }

    /// Whether an owner may be what is computed: it is an entity, so reading it is not reading what
    /// it has.
    private static boolean mentionsOwner(JsonNode expression) {
        if (expression.path("attr").asText().equals("owner")) {
            return true;
        }
        for (JsonNode child : expression) {
            if (mentionsOwner(child)) {
                return true;
            }
        }
        return false;
    }

    /// The path that an expression is, or null.
    private @Nullable String pathOf(JsonNode expression) {
        if (expression.has("Var")) {
            return expression.path("Var").asText();
        }
        for (String operator : new String[] {".", "has"}) {
            if (expression.has(operator)) {
                String base = pathOf(expression.path(operator).path("left"));
                return base == null
                        ? null
                        : base + "." + expression.path(operator).path("attr").asText();
            }
        }
        JsonNode entity = expression.path("Value").path("__entity");
        return entity.isObject() ? reference(entity).toString() : null;
    }
}
