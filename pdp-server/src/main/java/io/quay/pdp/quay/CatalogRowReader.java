package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads one row of the catalog under what holds for all of them.
///
/// @param recorded names that a decision record may hold
/// @param secrets names that never leave the mapper
/// @param origins URLs of which policies see scheme, host and port
/// @param references addresses that may hold credentials before an `@`
record CatalogRowReader(
        Set<String> recorded, Set<String> secrets, Set<String> origins, Set<String> references) {
    private static final Set<String> MEMBERS =
            Set.of(
                    "operation",
                    "method",
                    "path",
                    "scope",
                    "level",
                    "mutates",
                    "path_params",
                    "query_params",
                    "body_params",
                    "repository_params",
                    "target",
                    "access",
                    "returns_secret",
                    "anonymous",
                    "class",
                    "reach",
                    "narrowed_by",
                    "slashless",
                    "execution",
                    "free_body",
                    "unrecorded");
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE");
    private static final Set<String> SCOPES =
            Set.of(
                    "repo:read",
                    "repo:write",
                    "repo:admin",
                    "repo:create",
                    "org:admin",
                    "user:read",
                    "user:admin",
                    "super:user");

    CatalogRow read(JsonNode node, int index) {
        String name = node.path("operation").asText("number " + index);
        RowFields row = RowFields.of("operation " + name, node, MEMBERS);
        if (!METHODS.contains(row.text("method"))) {
            throw row.error("method", "not one of GET, POST, PUT, DELETE");
        }
        PathTemplate template =
                row.parsed(
                        "path",
                        () -> PathTemplate.parse(row.text("path"), row.texts("repository_params")));
        if (!template.parameters().equals(row.texts("path_params"))) {
            throw row.error("path_params", "differ from the path's");
        }
        Map<String, Parameter.Type> query = query(row);
        Map<String, MemberType> body = body(row);
        boolean array =
                row.textsByName("body_params").keySet().stream()
                        .anyMatch(CatalogRowReader::element);
        Operation.Level level = level(row);
        List<Parameter> visible =
                new VisibleParameters(secrets, PrimaryResource.parameters(level, template))
                        .read(row, template, query, array ? Map.of() : body);
        List<ReachRule> reach = new ReachReader(row, template, query, body).read();
        CatalogRow.@Nullable Narrowing narrowing = narrowing(row, query);
        return new CatalogRow(
                operation(row, level, visible, types(level, narrowing, reach)),
                template,
                query,
                body,
                array,
                row.flag("free_body"),
                origins,
                references,
                reach,
                narrowing,
                directGroups(row),
                !"refused".equals(row.optionalText("slashless")));
    }

    private Operation operation(
            RowFields row, Operation.Level level, List<Parameter> parameters, List<String> types) {
        Set<String> recordable = new HashSet<>();
        for (Parameter parameter : parameters) {
            if (recorded.contains(parameter.name())
                    && !row.texts("unrecorded").contains(parameter.wireName())) {
                recordable.add(parameter.name());
            }
        }
        return new Operation(
                row.text("operation"),
                row.text("method"),
                row.text("path"),
                row.optionalText("scope"),
                level,
                row.flag("mutates"),
                ActionGroups.closure(directGroups(row)),
                types,
                parameters,
                recordable,
                execution(row));
    }

    private static Operation.Execution execution(RowFields row) {
        String word = row.optionalText("execution");
        return word == null
                ? Operation.Execution.ANY_USER
                : row.parsed(
                        "execution",
                        () -> Operation.Execution.valueOf(word.toUpperCase(Locale.ROOT)));
    }

    private static Operation.Level level(RowFields row) {
        return row.parsed(
                "level", () -> Operation.Level.valueOf(row.text("level").toUpperCase(Locale.ROOT)));
    }

    private static Map<String, Parameter.Type> query(RowFields row) {
        Map<String, Parameter.Type> types = new LinkedHashMap<>();
        row.textsByName("query_params")
                .forEach((name, type) ->
                        types.put(
                                name,
                                row.parsed(
                                                "query_params",
                                                () -> MemberType.parse(type).parameterType())
                                        .orElseThrow(() -> row.error("query_params", "type"))));
        return types;
    }

    private static Map<String, MemberType> body(RowFields row) {
        Map<String, MemberType> types = new LinkedHashMap<>();
        row.textsByName("body_params")
                .forEach((name, type) ->
                        types.put(
                                element(name) ? name.substring(3) : name,
                                row.parsed("body_params", () -> MemberType.parse(type))));
        return types;
    }

    private static boolean element(String name) {
        return name.startsWith("[].");
    }

    private static Set<String> directGroups(RowFields row) {
        Set<String> groups = new HashSet<>(row.texts("class"));
        boolean classified = !groups.isEmpty();
        if (!CatalogReader.CLASSES.containsAll(groups)) {
            throw row.error("class", "unknown");
        }
        String scope = row.optionalText("scope");
        if (scope != null) {
            if (!SCOPES.contains(scope)) {
                throw row.error("scope", "unknown");
            }
            groups.add(scope);
        }
        String kind = row.flag("mutates") ? "mutate" : "read";
        groups.add(classified ? kind : kind + "-safe");
        return groups;
    }

    private static CatalogRow.@Nullable Narrowing narrowing(
            RowFields row, Map<String, Parameter.Type> query) {
        if (!row.node().has("narrowed_by")) {
            return null;
        }
        RowFields fields =
                RowFields.of(
                        row.row() + ": narrowed_by",
                        row.node().get("narrowed_by"),
                        Set.of("query", "unless"));
        String name = fields.text("query");
        String unless = fields.optionalText("unless");
        if (!query.containsKey(name) || (unless != null && !query.containsKey(unless))) {
            throw row.error("narrowed_by", "names no query parameter");
        }
        return new CatalogRow.Narrowing(name, unless);
    }

    private static List<String> types(
            Operation.Level level,
            CatalogRow.@Nullable Narrowing narrowing,
            List<ReachRule> reach) {
        Set<String> types = new LinkedHashSet<>();
        types.add(PrimaryResource.type(level));
        if (narrowing != null) {
            types.addAll(ReachRule.Kind.ORGANIZATION.types());
        }
        reach.forEach(rule -> types.addAll(rule.kind().types()));
        return List.copyOf(types);
    }
}
