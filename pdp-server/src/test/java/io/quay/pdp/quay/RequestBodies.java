package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// Bodies that an operation accepts, made from the catalog.
final class RequestBodies {
    private RequestBodies() {}

    /// A body for whatever operation of the method could be meant; undeclared members are avoided
    /// by asking for the operation first.
    static RequestBody valid(String method, String target) {
        for (RequestBody body :
                new RequestBody[] {
                    new RequestBody.Absent(),
                    object(Map.of("namespace", "acme", "repository", "web")),
                    object(Map.of("name", "neworg")),
                    object(Map.of("username", "jane"))
                }) {
            if (QuayFixtures.map(method, target, body) instanceof Mapping.Mapped) {
                return body;
            }
        }
        return new RequestBody.Absent();
    }

    static RequestBody object(Map<String, String> members) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        members.forEach(node::put);
        return new RequestBody.Json(node);
    }

    /// Every declared member with a value of its type.
    static RequestBody full(CatalogRow row) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        row.body().forEach((name, type) -> put(node, name, type));
        if (row.arrayBody()) {
            return new RequestBody.Json(JsonNodeFactory.instance.arrayNode().add(node));
        }
        return row.body().isEmpty() ? new RequestBody.Absent() : new RequestBody.Json(node);
    }

    private static void put(ObjectNode node, String name, MemberType type) {
        if (name.equals("robot_username") || name.equals("pull_robot")) {
            node.put(name, "acme+ci");
        } else if (type.alternatives().contains("string") || type.alternatives().contains("any")) {
            node.put(name, name.equals("repository") ? "app" : "acme");
        } else if (type.alternatives().contains("boolean")) {
            node.put(name, true);
        } else if (type.parameterType().isPresent()) {
            node.put(name, 7);
        } else if (type.alternatives().contains("array")) {
            node.putArray(name);
        } else {
            node.putObject(name);
        }
    }
}
