package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a row's `reach` and checks that it names declared parameters.
record ReachReader(
        RowFields row,
        PathTemplate template,
        Map<String, Parameter.Type> query,
        Map<String, MemberType> body) {
    private static final Set<String> MEMBERS = Set.of("from", "within", "type", "need", "required");

    List<ReachRule> read() {
        List<ReachRule> rules = new ArrayList<>();
        JsonNode list = row.node().path("reach");
        if (!list.isMissingNode() && !list.isArray()) {
            throw row.error("reach", "not a list");
        }
        for (JsonNode node : list) {
            rules.add(rule(RowFields.of(row.row() + ": reach", node, MEMBERS)));
        }
        return rules;
    }

    private ReachRule rule(RowFields fields) {
        ReachRule.Kind kind =
                fields.parsed("type", () -> ReachRule.Kind.valueOf(upper(fields.text("type"))));
        Reach.Need need =
                fields.parsed("need", () -> Reach.Need.valueOf(upper(fields.text("need"))));
        ReachRule.@Nullable Source from = source(fields, "from");
        if (from == null && kind != ReachRule.Kind.REGISTRY) {
            throw fields.error("from", "missing");
        }
        return new ReachRule(from, source(fields, "within"), kind, need, fields.flag("required"));
    }

    private ReachRule.@Nullable Source source(RowFields fields, String field) {
        String text = fields.optionalText(field);
        if (text == null) {
            return null;
        }
        int colon = text.indexOf(':');
        String place = text.substring(0, Math.max(colon, 0));
        String name = text.substring(colon + 1);
        boolean declared =
                switch (place) {
                    case "path" -> template.parameters().contains(name);
                    case "query" -> query.containsKey(name);
                    case "body" -> inBody(new ReachRule.Source(Parameter.Place.BODY, name));
                    default -> false;
                };
        if (!declared) {
            throw fields.error(field, "names no parameter of the operation");
        }
        return new ReachRule.Source(Parameter.Place.valueOf(upper(place)), name);
    }

    private boolean inBody(ReachRule.Source source) {
        MemberType type = body.get(source.parameter());
        return type != null && (source.member() == null || type.alternatives().contains("object"));
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }
}
