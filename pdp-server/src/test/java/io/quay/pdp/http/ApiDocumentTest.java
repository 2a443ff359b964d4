package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That the document of the API says what the server does.
class ApiDocumentTest {
    @TempDir private static Path directory;
    private static ApiServer api;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        api = ApiServer.start(directory);
        document = api.http.get("/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void everyRouteIsDescribed() {
        List<String> described = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue()
                                .properties()
                                .forEach(method ->
                                        described.add(
                                                method.getKey().toUpperCase(Locale.ROOT)
                                                        + " "
                                                        + path.getKey())));
        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        api.face.routes().stream()
                                .map(route -> route.method() + " " + route.path())
                                .toList())
                .hasSizeGreaterThan(25);
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
    }

    @Test
    void everyReferenceResolvesAndEverySchemaIsUsed() {
        TreeSet<String> used = new TreeSet<>(document.findValuesAsText("$ref"));
        assertThat(used)
                .allSatisfy(ref ->
                        assertThat(document.at(ref.substring(1)).isObject()).as(ref).isTrue());
        document.at("/components/schemas")
                .fieldNames()
                .forEachRemaining(
                        name -> assertThat(used).contains("#/components/schemas/" + name));
    }

    @Test
    void operationIdsAreUnique() {
        assertThat(document.path("paths").findValuesAsText("operationId")).doesNotHaveDuplicates();
    }

    @Test
    void everyPathParameterIsDeclared() {
        for (Route route : api.face.routes()) {
            JsonNode operation =
                    document.path("paths")
                            .path(route.path())
                            .path(route.method().name().toLowerCase(Locale.ROOT));
            List<String> declared = new ArrayList<>();
            operation
                    .path("parameters")
                    .forEach(parameter -> {
                        if (parameter.path("in").asText().equals("path")) {
                            declared.add(parameter.path("name").asText());
                        }
                    });
            assertThat(declared).as(route.id()).isEqualTo(route.pathParameters());
        }
    }

    /// Answers of the server, each against the schema that the document gives it.
    @Test
    void answersHaveTheMembersThatAreDescribed() {
        api.make("svc-one", "acme");
        String account = ACCOUNTS + "/svc-one";
        Answer secret = api.post(BOSS, account + "/credentials", "{\"kind\": \"client_secret\"}");
        fits("NewCredential", secret.json());
        fits("ServiceAccount", api.get(BOSS, account).json());
        fits("Credential", first(account + "/credentials"));
        Answer grant =
                api.post(
                        BOSS,
                        account + "/grants",
                        """
                        {"role": "reader", "resource": {"type": "Quay::Organization", "id": "acme"}}
                        """);
        fits("Grant", grant.json());
        fits("Revocation", api.post(BOSS, "/v1/revocations", "{\"account\": \"svc-one\"}").json());
        fits("Role", first("/v1/roles"));
        fits("Policies", api.get(BOSS, "/v1/policies").json());
        fits("Operation", first("/v1/operations"));
        fits("Event", first("/v1/events"));
        fits("SigningKey", first("/v1/signing-keys"));
        fits(
                "Explanation",
                api.post(
                                BOSS,
                                "/v1/explain",
                                """
                                {"principal": "svc-one", "request": {"method": "GET", "target": "/api/v1/repository/acme/web"}}
                                """)
                        .json());
        fits("Problem", api.get(BOSS, ACCOUNTS + "/svc-none").json());
    }

    private static JsonNode first(String path) {
        return api.get(BOSS, path).json().at("/items/0");
    }

    private static void fits(String schema, JsonNode answer) {
        JsonNode described = document.at("/components/schemas/" + schema);
        assertThat(answer.properties()).as(schema).isNotEmpty();
        answer.fieldNames()
                .forEachRemaining(name ->
                        assertThat(described.path("properties").has(name))
                                .as(schema + "." + name + " in " + answer)
                                .isTrue());
        described
                .path("required")
                .forEach(name ->
                        assertThat(answer.has(name.asText())).as(schema + "." + name).isTrue());
    }

    @Test
    void thePageLoadsAndRunsNothing() {
        Answer page = api.http.get("/docs");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).startsWith("text/html");
        assertThat(page.header("Content-Security-Policy"))
                .startsWith("default-src 'none'; style-src 'sha256-");
        assertThat(page.body())
                .doesNotContain("<script", "http://", "https://", "src=", "onclick")
                .contains("/v1/service-accounts/{name}/credentials/{id}/rotate", "schema-Grant");
        for (Route route : api.face.routes()) {
            assertThat(page.body()).contains("id=\"" + route.id() + "\"");
        }
    }
}
