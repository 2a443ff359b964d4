package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is secret stays in the mapper; what is not on the allow-list is not for records.
class SecretsTest {
    private static final String CANARY = "canary";

    private static Set<String> names(String list) throws IOException {
        JsonNode catalog =
                StrictJson.MAPPER.readTree(
                        Files.readString(
                                QuayFixtures.REPOSITORY.resolve("schema/management-api.json")));
        Set<String> names = new HashSet<>();
        catalog.get(list).forEach(name -> names.add(name.textValue()));
        return names;
    }

    /// A request to the operation with the canary in every text that need not be a special name.
    private static QuayCall planted(CatalogRow row) {
        String target = row.operation().template();
        for (String name : row.template().parameters()) {
            String value =
                    switch (name) {
                        case "repository" -> "acme/app";
                        case "manifestref" -> "sha256:ab";
                        case "orgname" -> "acme";
                        default -> CANARY + name.replace("_", "");
                    };
            target = target.replace("{" + name + "}", value);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        row.body()
                .forEach((name, type) -> {
                    if (name.endsWith("robot") || name.equals("robot_username")) {
                        body.put(name, "acme+ci");
                    } else if (type.parameterType().orElse(Parameter.Type.LONG)
                            == Parameter.Type.STRING) {
                        body.put(name, CANARY + name.replace("_", ""));
                    }
                });
        String text = row.body().isEmpty() ? "" : body.toString();
        String json = row.arrayBody() ? "[" + text + "]" : text;
        return QuayFixtures.call(
                row.operation().method() + " " + target, json.isEmpty() ? null : json);
    }

    @Test
    void secretNeverReachesTheContext() throws IOException {
        Set<String> secrets = names("secret_parameters");
        for (CatalogRow row : QuayFixtures.CATALOG.rows()) {
            QuayCall call = planted(row);
            String seen = call.parameters() + " " + call.resource() + call.reach();
            for (String secret : secrets) {
                assertThat(seen)
                        .as(row.operation().name())
                        .doesNotContain(CANARY + secret.replace("_", "") + "]");
            }
        }
    }

    @Test
    void passwordNeverReachesTheContext() {
        assertThat(
                        QuayFixtures.call(
                                        "PUT /api/v1/superuser/users/jane",
                                        "{\"password\":\"canary\",\"email\":\"j@example.com\"}")
                                .toString())
                .doesNotContain("canary");
        assertThat(QuayFixtures.call("PUT /api/v1/teaminvite/canary").parameters()).isEmpty();
    }

    @Test
    void onlyTheAllowListIsRecorded() throws IOException {
        Set<String> allowed = names("recorded_parameters");
        for (CatalogRow row : QuayFixtures.CATALOG.rows()) {
            QuayCall call = planted(row);
            assertThat(allowed).containsAll(row.operation().recorded());
            call.parameters()
                    .forEach((name, value) -> {
                        if (!allowed.contains(name)) {
                            assertThat(row.operation().recorded()).doesNotContain(name);
                        }
                    });
        }
        assertThat(allowed)
                .doesNotContain(
                        "email", "description", "notes", "client_id", "callback_url", "next_page")
                .doesNotContainAnyElementsOf(names("secret_parameters"))
                .doesNotContainAnyElementsOf(names("origin_parameters"))
                .doesNotContainAnyElementsOf(names("reference_parameters"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "https://hooks.example.com/T0/B1/canary?x=canary#canary, https://hooks.example.com",
        "https://canary:canary@Hooks.example.com:8443/x, https://hooks.example.com:8443",
        "https://canary@evil@good.example.com, https://good.example.com",
        "https://good.example.com?@canary, https://good.example.com",
        "good.example.com/canary, good.example.com",
    })
    void address_reachesTheContextAsItsOriginOnly(String url, String origin) {
        assertThat(
                        QuayFixtures.call(
                                        "POST /api/v1/organization/acme/exportlogs",
                                        "{\"callback_url\":\"" + url + "\"}")
                                .parameters())
                .containsEntry("callback_url", Value.of(origin));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "docker.io/library/redis, docker.io/library/redis",
        "quay.io/acme/app@sha256:ab, quay.io/acme/app@sha256:ab",
        "canary:canary@docker.io/library, docker.io",
        "https://canary@docker.io/library, https://docker.io",
    })
    void reference_losesItsCredentials(String reference, String seen) {
        assertThat(
                        QuayFixtures.call(
                                        "PUT /api/v1/repository/acme/app/mirror",
                                        "{\"external_reference\":\"" + reference + "\"}")
                                .parameters())
                .containsEntry("external_reference", Value.of(seen));
    }

    @Test
    void addressWithBackslash_isRefused() {
        assertThat(
                        QuayFixtures.problem(
                                "POST /api/v1/organization/acme/exportlogs",
                                "{\"callback_url\":\"https://a\\\\@b\"}"))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }
}
