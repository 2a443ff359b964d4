package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds what a policy's conditions read, as paths from a variable: `context.parameters.tag`,
/// `resource.visibility`.
final class Reads {
    private final Set<String> paths = new HashSet<>();

    private Reads() {}

    /// @param tree the policy in Cedar's JSON form
    static Set<String> of(JsonNode tree) {
        Reads reads = new Reads();
        tree.path("conditions").forEach(condition -> reads.visit(condition.path("body")));
        return reads.paths;
    }

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
            // an attribute of something that is computed: it may be any of them
            String attribute = access.path("attr").asText();
            paths.add("principal." + attribute);
            paths.add("resource." + attribute);
            paths.add("context");
        }
        if (!expression.has("Value")) {
            expression.forEach(this::visit);
        }
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
        return entity.isObject()
                ? entity.path("type").asText() + "::\"" + entity.path("id").asText() + '"'
                : null;
    }
}
