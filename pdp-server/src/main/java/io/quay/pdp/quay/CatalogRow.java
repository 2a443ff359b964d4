package io.quay.pdp.quay;

import io.quay.pdp.identity.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A row of the catalog with what only the mapper and the generator need.
///
/// @param query declared query parameters
/// @param body declared members of the body; empty = Quay reads none
/// @param arrayBody the body is an array of objects with these members
/// @param openBody Quay passes the whole body on, whatever its members
/// @param origins names of parameters of which policies see the origin only
/// @param references names of parameters that may hold credentials before an `@`
/// @param narrowedBy how the request restricts itself to one namespace; null = it cannot
/// @param slashless whether the path without its last slash is decided as the path with it
record CatalogRow(
        Operation operation,
        PathTemplate template,
        Map<String, Parameter.Type> query,
        Map<String, MemberType> body,
        boolean arrayBody,
        boolean openBody,
        Set<String> origins,
        Set<String> references,
        List<ReachRule> reach,
        @Nullable Narrowing narrowedBy,
        Set<String> directGroups,
        boolean slashless) {

    /// @param query the parameter that names the namespace
    /// @param unless the parameter that, when true, makes Quay ignore the first; null = none
    record Narrowing(String query, @Nullable String unless) {}

    CatalogRow {
        query = Map.copyOf(query);
        body = Map.copyOf(body);
        origins = Set.copyOf(origins);
        references = Set.copyOf(references);
        reach = List.copyOf(reach);
        directGroups = Set.copyOf(directGroups);
    }

    boolean classified() {
        return operation.groups().stream().anyMatch(CatalogReader.CLASSES::contains);
    }

    /// Whether the organization that the operation is decided on stands in the body.
    boolean primaryInBody() {
        return operation.level() == Operation.Level.ORGANIZATION
                && !template.parameters().contains("orgname");
    }

    boolean objectsInBody() {
        return primaryInBody() || reach.stream().anyMatch(ReachRule::fromBody);
    }

    /// Whether the operation cannot be decided while its body is not known: it names objects, or
    /// the operation is classified, and then members that it does not declare are refused.
    boolean needsBody() {
        return objectsInBody() || (classified() && !body.isEmpty());
    }

    /// What policies may see of a parameter's value.
    Value disclosed(String wireName, Value value) {
        if (value instanceof Value.Text(String text)) {
            if (origins.contains(wireName)) {
                return Value.of(Addresses.origin(text));
            }
            if (references.contains(wireName)) {
                return Value.of(Addresses.reference(text));
            }
        }
        return value;
    }
}
