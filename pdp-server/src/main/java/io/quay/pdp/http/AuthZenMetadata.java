package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// What the decision point says of itself (AuthZEN 1.0 §9): made from its configuration, never from
/// a request.
///
/// @param identifier the public base URL
record AuthZenMetadata(String identifier) {
    private static final String WELL_KNOWN = "/.well-known/authzen-configuration";

    void register(RoutesConfig routes) {
        Face.read(routes, WELL_KNOWN, this::describe);
        String path = URI.create(identifier).getPath();
        if (path != null && !path.isEmpty() && !path.equals("/")) {
            // §9.2: the identifier's path goes behind the well-known one
            Face.read(routes, WELL_KNOWN + path, this::describe);
        }
    }

    private void describe(Context context) {
        context.status(200)
                .contentType("application/json")
                .header("Cache-Control", "max-age=3600")
                .result(document().toString().getBytes(StandardCharsets.UTF_8));
    }

    private ObjectNode document() {
        String base =
                identifier.endsWith("/")
                        ? identifier.substring(0, identifier.length() - 1)
                        : identifier;
        return JsonNodeFactory.instance
                .objectNode()
                .put("policy_decision_point", identifier)
                .put("access_evaluation_endpoint", base + AuthZenFace.EVALUATION)
                .put("access_evaluations_endpoint", base + AuthZenFace.EVALUATIONS)
                .put("search_subject_endpoint", base + AuthZenFace.SEARCH_SUBJECT)
                .put("search_resource_endpoint", base + AuthZenFace.SEARCH_RESOURCE)
                .put("search_action_endpoint", base + AuthZenFace.SEARCH_ACTION);
    }
}
