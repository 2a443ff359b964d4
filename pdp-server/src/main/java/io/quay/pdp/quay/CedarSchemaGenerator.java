package io.quay.pdp.quay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Writes the Cedar schema of Quay: a hand-written head of entity types, then one action for each
/// operation. The same catalog and head always give the same bytes.
public final class CedarSchemaGenerator {
    private static final Pattern IDENTIFIER = Pattern.compile("[_a-zA-Z][_a-zA-Z0-9]*");

    /// Words of the schema language and of Cedar, which a name of an attribute needs quotes for.
    private static final Set<String> WORDS =
            Set.of(
                    "true",
                    "false",
                    "if",
                    "then",
                    "else",
                    "in",
                    "is",
                    "like",
                    "has",
                    "namespace",
                    "entity",
                    "action",
                    "type",
                    "enum",
                    "tags",
                    "attributes",
                    "appliesTo",
                    "principal",
                    "resource",
                    "context",
                    "Set",
                    "Bool",
                    "Long",
                    "String");

    private static final String CONTEXT =
            """
                  source_ip?: ipaddr,
                  time: datetime,
                  authentication?: Authentication,
                  scopes?: Set<String>,
            """;

    private CedarSchemaGenerator() {}

    /// @param head the text that opens the namespace, without its closing brace
    public static String generate(Catalog catalog, String head) {
        StringBuilder schema = new StringBuilder(head.stripTrailing());
        schema.append(
                "\n\n  // Groups of actions: OAuth scopes, kinds and classes of operations.\n");
        ActionGroups.PARENTS.forEach((group, parents) ->
                schema.append("  action ")
                        .append(quoted(group))
                        .append(membership(parents))
                        .append(";\n"));
        catalog.rows().stream()
                .sorted(Comparator.comparing(row -> row.operation().name()))
                .forEach(row -> append(schema, row));
        return schema.append("}\n").toString();
    }

    private static void append(StringBuilder schema, CatalogRow row) {
        Operation operation = row.operation();
        schema.append("\n  // ")
                .append(operation.method())
                .append(' ')
                .append(operation.template())
                .append("\n  action ")
                .append(quoted(operation.name()))
                .append(membership(List.copyOf(new TreeSet<>(row.directGroups()))))
                .append(" appliesTo {\n    principal: [ServiceAccount],\n    resource: [")
                .append(
                        String.join(
                                ", ",
                                operation.resourceTypes().stream()
                                        .map(CedarSchemaGenerator::local)
                                        .toList()))
                .append("],\n    context: {\n")
                .append(CONTEXT)
                .append("      parameters: {");
        List<Parameter> parameters = new ArrayList<>(operation.parameters());
        parameters.sort(Comparator.comparing(Parameter::name));
        for (Parameter parameter : parameters) {
            schema.append("\n        ")
                    .append(attribute(parameter))
                    .append(": ")
                    .append(type(parameter.type()))
                    .append(',');
        }
        schema.append(parameters.isEmpty() ? "},\n" : "\n      },\n").append("    },\n  };\n");
    }

    private static String membership(List<String> groups) {
        return groups.isEmpty()
                ? ""
                : " in ["
                        + String.join(
                                ", ", groups.stream().map(CedarSchemaGenerator::quoted).toList())
                        + "]";
    }

    /// Only what the path names is always there.
    private static String attribute(Parameter parameter) {
        String name = parameter.name();
        boolean plain = IDENTIFIER.matcher(name).matches() && !WORDS.contains(name);
        return (plain ? name : quoted(name))
                + (parameter.place() == Parameter.Place.PATH ? "" : "?");
    }

    private static String type(Parameter.Type type) {
        return switch (type) {
            case STRING -> "String";
            case BOOLEAN -> "Bool";
            case LONG -> "Long";
        };
    }

    private static String local(String type) {
        return type.substring(type.lastIndexOf(':') + 1);
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
