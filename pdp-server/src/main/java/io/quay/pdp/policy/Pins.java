package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which claims a trust permit surely compares with fixed values.
///
/// @param issuer whether the issuer is one of them
/// @param subject whether one that says who the workload is
record Pins(boolean issuer, boolean subject) {
    private static final Set<String> SUBJECT_CLAIMS = Set.of("subject", "uid");

    static Pins of(PolicyDefinition permit) {
        if (permit.scope().principal() instanceof Constraint.Equal) {
            return new Pins(true, true);
        }
        Set<String> pinned = new HashSet<>();
        permit.tree()
                .path("conditions")
                .forEach(condition -> {
                    if (condition.path("kind").asText().equals("when")) {
                        collect(condition.path("body"), pinned);
                    }
                });
        // every namespace has a service account called "default"
        boolean account = pinned.containsAll(Set.of("namespace", "service_account"));
        return new Pins(
                pinned.contains("issuer"),
                account || pinned.stream().anyMatch(SUBJECT_CLAIMS::contains));
    }

    /// Only what is joined by `&&` holds for sure.
    private static void collect(JsonNode expression, Set<String> pinned) {
        if (expression.has("&&")) {
            collect(expression.path("&&").path("left"), pinned);
            collect(expression.path("&&").path("right"), pinned);
            return;
        }
        for (String operator : new String[] {"==", "contains"}) {
            JsonNode sides = expression.path(operator);
            String left = claim(sides.path("left"));
            String right = claim(sides.path("right"));
            if (left != null && isFixed(sides.path("right")) && operator.equals("==")) {
                pinned.add(left);
            } else if (right != null && isFixed(sides.path("left"))) {
                pinned.add(right);
            }
        }
    }

    private static @Nullable String claim(JsonNode expression) {
        JsonNode access = expression.path(".");
        return access.path("left").path("Var").asText().equals("principal")
                ? access.path("attr").asText()
                : null;
    }

    private static boolean isFixed(JsonNode expression) {
        if (expression.has("Set")) {
            for (JsonNode element : expression.path("Set")) {
                if (!element.has("Value")) {
                    return false;
                }
            }
            return true;
        }
        return expression.has("Value");
    }
}
