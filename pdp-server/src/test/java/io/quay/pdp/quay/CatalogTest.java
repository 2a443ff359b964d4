package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.identity.EntityTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogTest {
    private static Operation find(String name) {
        return QuayFixtures.CATALOG.find(name).orElseThrow();
    }

    @Test
    void holdsEveryReviewedOperation() {
        assertThat(QuayFixtures.CATALOG.operations()).hasSize(297);
        assertThat(QuayFixtures.CATALOG.commit()).startsWith("ffba0c70");
        assertThat(QuayFixtures.CATALOG.find("GET", "/api/v1/user/"))
                .hasValueSatisfying(o -> assertThat(o.name()).isEqualTo("getLoggedInUser"));
    }

    @Test
    void widerScopesHoldNarrowerOnes() {
        assertThat(find("getRepo").groups())
                .containsExactlyInAnyOrder(
                        "read", "read-safe", "repo:read", "repo:write", "repo:admin");
        assertThat(find("deleteRepository").groups())
                .containsExactlyInAnyOrder("mutate", "mutate-safe", "repo:admin");
    }

    @Test
    void classifiedOperation_isInNoSafeGroup() {
        assertThat(find("getOrgRobots").groups())
                .containsExactlyInAnyOrder("read", "credential:read", "org:admin");
        assertThat(QuayFixtures.CATALOG.rows().stream().filter(CatalogRow::classified))
                .allSatisfy(row ->
                        assertThat(row.operation().groups())
                                .doesNotContain("read-safe", "mutate-safe"));
    }

    @Test
    void everyOperation_isReadOrMutate() {
        assertThat(QuayFixtures.CATALOG.operations())
                .allSatisfy(o ->
                        assertThat(o.groups())
                                .contains(o.mutates() ? "mutate" : "read")
                                .doesNotContain(o.mutates() ? "read" : "mutate"));
    }

    @Test
    void resourceTypes_startWithThePrimary() {
        assertThat(find("deleteOrganization").resourceTypes())
                .containsExactly(EntityTypes.REGISTRY, EntityTypes.ORGANIZATION);
        assertThat(find("createStar").resourceTypes())
                .containsExactly(EntityTypes.USER, EntityTypes.REPOSITORY);
        assertThat(find("listRepos").resourceTypes())
                .containsExactly(EntityTypes.REGISTRY, EntityTypes.ORGANIZATION);
    }

    @Test
    void secretsAreNoParametersAndNothingElseIsRecorded() {
        assertThat(find("createNewUser").parameters())
                .extracting(Parameter::name)
                .containsExactlyInAnyOrder("username", "email");
        assertThat(find("createNewUser").recorded()).isEqualTo(Set.of("username"));
        assertThat(find("signinUser").recorded()).isEmpty();
    }

    /// What a body names is the primary resource, a further object, or of an operation that is
    /// never executed.
    @Test
    void s2EveryObjectThatABodyNamesIsMapped() throws IOException {
        JsonNode catalog =
                new ObjectMapper()
                        .readTree(
                                Files.readString(
                                        QuayFixtures.REPOSITORY.resolve(
                                                "schema/management-api.json")));
        List<String> unmapped = new ArrayList<>();
        int named = 0;
        for (JsonNode row : catalog.path("operations")) {
            for (JsonNode places : row.path("target")) {
                for (JsonNode place : places) {
                    if (place.asText().startsWith("body:")) {
                        named++;
                        if (!mapped(row, place.asText())) {
                            unmapped.add(row.path("operation").asText() + " " + place.asText());
                        }
                    }
                }
            }
        }
        assertThat(named).isGreaterThan(15);
        assertThat(unmapped).isEmpty();
    }

    private static boolean mapped(JsonNode row, String place) {
        boolean primary =
                QuayFixtures.CATALOG.row(find(row.path("operation").asText())).primaryInBody()
                        && Set.of("body:namespace", "body:repository").contains(place);
        boolean further =
                row.path("reach")
                        .valueStream()
                        .anyMatch(rule ->
                                rule.path("from").asText().equals(place)
                                        || rule.path("within").asText().equals(place));
        return primary || further || row.path("execution").asText().equals("never");
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "level": "user" | "level": "usr"           | operation getLoggedInUser: level
                    "mutates": false | "mutates": "no"         | operation getLoggedInUser: mutates
                    "mutates": false | "mutate": false         | operation getLoggedInUser: mutate: unknown member
                    "method": "GET"  | "method": "PATCH"       | operation getLoggedInUser: method
                    "scope": "user:read" | "scope": "user:x"   | operation getLoggedInUser: scope
                    "path": "/api/v1/user/" | "path": "user"   | operation getLoggedInUser: path
                    "path": "/api/v1/user/" | "path": "/{a}"   | operation getLoggedInUser: path_params
                    "operations"     | "rows"                  | catalog: rows: unknown member
                    """)
    void brokenCatalog_isRefusedByRowAndField(String valid, String broken, String message) {
        String text =
                """
                {"source": {"commit": "c0ffee"}, "operations": [
                  {"operation": "getLoggedInUser", "method": "GET", "path": "/api/v1/user/",
                   "scope": "user:read", "level": "user", "mutates": false}]}
                """;
        assertThat(Catalog.parse(text).operations()).hasSize(1);
        assertThatThrownBy(() -> Catalog.parse(text.replace(valid, broken)))
                .isInstanceOf(InvalidCatalogException.class)
                .hasMessageContaining(message);
    }

    @Test
    void checkedInSchema_isTheGeneratedOne() throws IOException {
        var schema = QuayFixtures.REPOSITORY.resolve("schema");
        String head = Files.readString(schema.resolve("quay-head.txt"));
        assertThat(CedarSchemaGenerator.generate(QuayFixtures.CATALOG, head))
                .as("schema/quay.cedarschema is stale: run `scripts/pdp schema`")
                .isEqualTo(Files.readString(schema.resolve("quay.cedarschema")));
    }

    @Test
    void everyOperationIsAnAction_andTheReverse() throws IOException {
        String text = Files.readString(QuayFixtures.REPOSITORY.resolve("schema/quay.cedarschema"));
        assertThat(
                        text.lines()
                                .filter(line -> line.startsWith("  action \""))
                                .filter(line -> line.contains("appliesTo"))
                                .map(line -> line.substring(10, line.indexOf('"', 10))))
                .containsExactlyInAnyOrderElementsOf(
                        QuayFixtures.CATALOG.operations().stream().map(Operation::name).toList());
    }
}
