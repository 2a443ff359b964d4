package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.Reason;
import java.util.Map;
import java.util.Set;

/// A policy or template of the repository, parsed. Immutable.
///
/// @param id its `@id`
/// @param folder `access`, `roles`, `trust` or `admin`
/// @param tree Cedar's JSON form
record PolicyDefinition(
        String id,
        String folder,
        Statement statement,
        Map<String, String> annotations,
        boolean forbid,
        Scope scope,
        Set<String> reads,
        JsonNode tree) {
    /// The annotation that puts several templates into one role.
    static final String ROLE = "role";

    PolicyDefinition {
        annotations = Map.copyOf(annotations);
        reads = Set.copyOf(reads);
    }

    /// Whether it may fail to hold though its scope matches.
    boolean conditional() {
        return !tree.path("conditions").isEmpty();
    }

    boolean template() {
        return statement.template();
    }

    /// The role that a template belongs to: its `@role`, else its own name.
    String role() {
        return annotations.getOrDefault(ROLE, id);
    }

    Reason reason() {
        return new Reason(id, null, statement.file(), statement.line());
    }

    Problem problem(String rule, String message, String hint) {
        return new Problem(
                rule, statement.file(), statement.line(), statement.column(), message, hint);
    }
}
