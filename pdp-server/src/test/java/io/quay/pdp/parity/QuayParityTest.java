package io.quay.pdp.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With its rights granted as roles, each of Quay's test users is decided as Quay decides.
class QuayParityTest {
    private static final String FULL_ACCESS = "FEATURE_SUPERUSERS_FULL_ACCESS";

    private final Map<String, Snapshot> snapshots = new HashMap<>();
    @TempDir private Path temporary;

    @Test
    void whatQuayDecides_isDecidedTheSame() throws IOException {
        List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (JsonNode row : rows()) {
            if (row.path("identity").isNull() || row.has("doubtful")) {
                continue;
            }
            rows++;
            String account = "svc-" + row.path("identity").textValue();
            Decision decision =
                    PolicyWorkshop.ask(under(row.path("conditions")), account, request(row))
                            .decision();
            if (decision.allowed() != row.path("allowed").booleanValue()) {
                wrong.add(row + " came as " + decision);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isEqualTo(723);
    }

    @Test
    void rolesOfTheFixture_areThoseThatShip() throws IOException {
        assertThat(roles(PolicyWorkshop.PARITY)).isEqualTo(roles(PolicyWorkshop.SHIPPED));
    }

    private static Map<String, String> roles(Path policies) throws IOException {
        Map<String, String> roles = new TreeMap<>();
        try (Stream<Path> files = Files.list(policies.resolve("roles"))) {
            files.forEach(
                    file -> roles.put(file.getFileName().toString(), PolicyWorkshop.text(file)));
        }
        return roles;
    }

    private static JsonNode rows() {
        return PolicyWorkshop.json(PolicyWorkshop.PARITY.resolve("permission-matrix.json"))
                .path("rows");
    }

    private static QuayRequest request(JsonNode row) {
        StringBuilder target = new StringBuilder(row.path("path").textValue());
        char separator = '?';
        for (Map.Entry<String, JsonNode> query : row.path("query_params").properties()) {
            target.append(separator)
                    .append(query.getKey())
                    .append('=')
                    .append(
                            URLEncoder.encode(
                                    query.getValue().textValue(), StandardCharsets.UTF_8));
            separator = '&';
        }
        return new QuayRequest(
                row.path("method").textValue(),
                target.toString(),
                row.has("body")
                        ? new RequestBody.Json(row.path("body"))
                        : new RequestBody.Absent());
    }

    /// The fixture with the facts that a row names switched.
    private Snapshot under(JsonNode conditions) throws IOException {
        String key = conditions.toString();
        Snapshot known = snapshots.get(key);
        if (known == null) {
            known = load(conditions, temporary.resolve("policies-" + snapshots.size()));
            snapshots.put(key, known);
        }
        return known;
    }

    private static Snapshot load(JsonNode conditions, Path directory) throws IOException {
        PolicyWorkshop.copy(PolicyWorkshop.PARITY, directory);
        for (Map.Entry<String, JsonNode> condition : conditions.properties()) {
            String fact = condition.getKey();
            if (fact.startsWith("FEATURE_")) {
                switchFeature(
                        directory.resolve("entities.json"),
                        fact,
                        condition.getValue().booleanValue());
            } else if (fact.equals("usermanager.is_superuser(any user)")) {
                if (!condition.getValue().booleanValue()) {
                    demoteSuperusers(directory.resolve("accounts.yaml"));
                }
            } else if (!fact.equals("fixture")) {
                throw new AssertionError("unknown condition " + fact);
            }
        }
        return PolicyWorkshop.load(directory);
    }

    private static void switchFeature(Path file, String feature, boolean on) throws IOException {
        JsonNode entities = PolicyWorkshop.json(file);
        ArrayNode features = (ArrayNode) entities.path(0).path("attrs").path("features");
        for (int i = features.size() - 1; i >= 0; i--) {
            if (features.get(i).textValue().equals(feature)) {
                features.remove(i);
            }
        }
        if (on) {
            features.add(feature);
        }
        Files.writeString(file, entities.toString());
    }

    private static void demoteSuperusers(Path file) throws IOException {
        String text = Files.readString(file);
        String changed = text.replace("groups: [superusers]", "groups: []");
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(file, changed);
    }

    @Test
    void superusersWithoutFullAccess_areKeptOutOfForeignOrganizations() throws IOException {
        Snapshot without = under(PolicyWorkshop.parse("{\"" + FULL_ACCESS + "\": false}"));
        QuayRequest request =
                PolicyWorkshop.request("GET /api/v1/organization/orgwithnosuperuser/logs", null);

        assertThat(PolicyWorkshop.ask(without, "svc-devtable", request).decision().allowed())
                .isFalse();
    }
}
