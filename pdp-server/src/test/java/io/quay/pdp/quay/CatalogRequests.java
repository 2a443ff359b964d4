package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/// One request to each operation of the shipped catalog, for tests of other rooms.
public final class CatalogRequests {
    private CatalogRequests() {}

    /// All operations of the shipped catalog.
    public static List<Operation> operations() {
        return QuayFixtures.CATALOG.operations();
    }

    /// With every declared member in the body.
    public static QuayRequest full(Operation operation) {
        return request(operation, "any", RequestBodies.full(QuayFixtures.CATALOG.row(operation)));
    }

    /// With a canary and the parameter's name in every text that need not be a name of another
    /// form.
    public static QuayRequest planted(Operation operation, String canary) {
        CatalogRow row = QuayFixtures.CATALOG.row(operation);
        RequestBody body = RequestBodies.full(row);
        if (body instanceof RequestBody.Json(JsonNode json)) {
            JsonNode members = json.isArray() ? json.get(0) : json;
            if (members instanceof ObjectNode object) {
                for (Map.Entry<String, JsonNode> member : Map.copyOf(map(object)).entrySet()) {
                    if (member.getValue().isTextual()
                            && !member.getValue().asText().contains("+")) {
                        object.put(member.getKey(), canary + plain(member.getKey()));
                    }
                }
            }
        }
        return request(operation, canary, body);
    }

    private static Map<String, JsonNode> map(ObjectNode object) {
        Map<String, JsonNode> members = new java.util.HashMap<>();
        object.properties().forEach(entry -> members.put(entry.getKey(), entry.getValue()));
        return members;
    }

    public static String plain(String name) {
        return name.replaceAll("[^a-z0-9]", "");
    }

    private static QuayRequest request(Operation operation, String canary, RequestBody body) {
        StringBuilder target = new StringBuilder(operation.template());
        for (String name : QuayFixtures.CATALOG.row(operation).template().parameters()) {
            String value =
                    switch (name) {
                        case "repository" -> "acme/app";
                        case "manifestref" -> "sha256:ab";
                        case "orgname" -> "acme";
                        default -> canary + plain(name);
                    };
            int at = target.indexOf("{" + name + "}");
            target.replace(at, at + name.length() + 2, value);
        }
        return new QuayRequest(operation.method(), target.toString(), body);
    }
}
