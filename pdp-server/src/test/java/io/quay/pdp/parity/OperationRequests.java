package io.quay.pdp.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.quay.QuayRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request for each operation of the catalog, on a given organization and repository.
final class OperationRequests {
    static final List<JsonNode> ROWS = rows();
    private static final String TEAM = "devs";

    private OperationRequests() {}

    private static List<JsonNode> rows() {
        List<JsonNode> rows = new ArrayList<>();
        PolicyWorkshop.json(PolicyWorkshop.REPOSITORY.resolve("schema/management-api.json"))
                .path("operations")
                .forEach(rows::add);
        return rows;
    }

    /// @param repository in the organization
    static QuayRequest request(JsonNode row, String organization, String repository) {
        StringBuilder target = new StringBuilder();
        for (String segment : row.path("path").textValue().substring(1).split("/", -1)) {
            target.append('/')
                    .append(
                            segment.startsWith("{")
                                    ? value(
                                            segment.substring(1, segment.length() - 1),
                                            organization,
                                            repository)
                                    : segment);
        }
        if (row.path("narrowed_by").path("query").asText().equals("namespace")) {
            target.append("?namespace=").append(organization);
        }
        return PolicyWorkshop.request(
                row.path("method").textValue() + " " + target, body(row, organization, repository));
    }

    private static String value(String parameter, String organization, String repository) {
        return switch (parameter) {
            case "orgname", "namespace", "name", "username" -> organization;
            case "repository" -> repository;
            case "teamname" -> TEAM;
            case "manifestref" -> "sha256:00";
            case "email" -> "jane@example.com";
            default -> "x1";
        };
    }

    /// What says which object is meant, and nothing else.
    private static @Nullable String body(JsonNode row, String organization, String repository) {
        ObjectNode body = PolicyWorkshop.JSON.createObjectNode();
        switch (row.path("operation").textValue()) {
            case "createRepo", "createStar" -> {
                body.put("namespace", organization);
                body.put("repository", repository.substring(organization.length() + 1));
            }
            case "createOrganization" -> body.put("name", organization);
            case "createInstallUser" -> body.put("username", organization);
            default -> {}
        }
        return body.isEmpty() ? null : body.toString();
    }
}
