package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every AuthZEN endpoint and input that is not what it should be.
final class AuthZenHostileTest {
    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ObjectNode question(String resourceType, String id, String action) {
        ObjectNode body = TestServer.JSON.createObjectNode();
        body.putObject("subject").put("type", "Quay::ServiceAccount").put("id", "svc-terraform");
        body.putObject("action").put("name", action);
        body.putObject("resource").put("type", resourceType).put("id", id);
        body.putObject("context").putObject("parameters");
        return body;
    }

    /// The account may do it to everything in `acme`: only the spelling is wrong.
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "acme/app/",
                "acme//app",
                "/acme/app",
                "acme%2Fapp",
                "%61cme/app",
                "acme/../other/app",
                "acme/app/../../other/app",
                "acme/./app",
                "acme/app;x=1",
                "acme\\app",
                "acme%5Capp",
                "acme%2Fapp%2Ftag%2Flatest",
                "acme%2Frobots%2Fci",
                "acme/app%20",
                "acme/app+",
                "acme/app\t",
                "acme/app%3Fpublic=true",
                "acme/app#x",
                "acme/app%23x",
                "ácme/app",
                "acme/\u0430pp",
                "ac\u2024me/app",
                "\u2116/app",
                "acme/a\u0301pp",
                "acme/app\u200b",
                "Acme/App",
                "acme/app\u0000",
                "acme",
                "acme/",
                "*",
                " acme/app"
            })
    void deniesNamesThatQuayWouldReadOtherwise(String id) {
        for (String action : new String[] {"getRepo", "deleteRepository"}) {
            ObjectNode single = question("Quay::Repository", id, action);
            ObjectNode batch = single.deepCopy();
            batch.set("evaluations", batch.arrayNode().add(single).add(batch.objectNode()));
            assertDenied(server.post("/access/v1/evaluation", single.toString()).json());
            JsonNode several = server.post("/access/v1/evaluations", batch.toString()).json();
            assertThat(several.path("evaluations"))
                    .hasSize(2)
                    .allSatisfy(AuthZenHostileTest::assertDenied);
        }
        assertThat(
                        server.post(
                                        "/access/v1/search/action",
                                        question("Quay::Repository", id, "").toString())
                                .json()
                                .path("results"))
                .hasToString("[]");
        assertThat(
                        server.post(
                                        "/access/v1/search/subject",
                                        question("Quay::Repository", id, "getRepo").toString())
                                .json()
                                .path("results"))
                .hasToString("[]");
    }

    /// Paths that end so may be read in two ways; a name is one name.
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {"acme/app/tag/latest", "acme/app/changevisibility", "other/app/tag/latest"})
    void decidesANestedNameAsThatRepositoryAlone(String id) {
        ObjectNode body = question("Quay::Repository", id, "getRepo");
        JsonNode answer = server.post("/access/v1/evaluation", body.toString()).json();
        assertThat(answer.at("/context/action").asText()).isEqualTo("getRepo");
        assertThat(answer.at("/context/resource/id").asText()).isEqualTo(id);
        assertThat(answer.path("decision").asBoolean()).isEqualTo(id.startsWith("acme/"));
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(
            strings = {
                "GETREPO",
                "getrepo",
                "getRepo ",
                "Quay::Action::\"getRepo\"",
                "read",
                "repo:admin",
                "createServiceAccount",
                "assume",
                "../getRepo",
                "getRepo\u0000"
            })
    void deniesActionsThatTheSchemaDoesNotHave(String action) {
        ObjectNode single = question("Quay::Repository", "acme/web", action);
        assertDenied(server.post("/access/v1/evaluation", single.toString()).json());
    }

    @Test
    void refusesAnActionWithoutAName() {
        String body = question("Quay::Repository", "acme/web", "").toString();
        for (String endpoint :
                new String[] {"evaluation", "evaluations", "search/subject", "search/resource"}) {
            Answer answer = server.post("/access/v1/" + endpoint, body);
            assertProblem(answer, 400);
            assertThat(answer.body()).contains("`action.name` must not be empty");
        }
        assertThat(server.post("/access/v1/search/action", body).status()).isEqualTo(200);
    }

    /// AuthZEN 1.0 §10: what a receiver does not know it ignores.
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "/subject/properties  | {\"zap\": 1.5}",
                "/subject/properties  | {\"zap\": [null, {\"a\": 1e99}]}",
                "/action/properties   | {\"zap\": 99999999999999999999}",
                "/resource/properties | {\"zap\": {\"a\": -0.5}}",
                "/context             | {\"parameters\": {}, \"zap\": 1.5}",
            })
    void ignoresNumbersThatTheSchemaDoesNotDeclare(String pointer, String value) {
        String plain = question("Quay::Repository", "acme/web", "getRepo").toString();
        String body = Json.with(plain, pointer.strip(), value.strip());
        JsonNode without = server.post("/access/v1/evaluation", plain).json();
        JsonNode with = server.post("/access/v1/evaluation", body).json();
        assertThat(with.path("decision")).hasToString("true");
        assertThat(with.at("/context/reasons")).isEqualTo(without.at("/context/reasons"));
        Answer found = server.post("/access/v1/search/action", body);
        assertThat(found.json().path("results")).as(found.body()).isNotEmpty();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "/resource/properties | {\"visibility\": 1.5} | resource.properties.visibility",
                "/resource/properties | {\"state\": [null]} | resource.properties.state",
                "/context | {\"parameters\": {}, \"source_ip\": 1.5} | context.source_ip",
            })
    void refusesNumbersWhereTheSchemaDeclaresSomethingElse(
            String pointer, String value, String named) {
        String plain = question("Quay::Repository", "acme/web", "getRepo").toString();
        Answer answer =
                server.post(
                        "/access/v1/evaluation", Json.with(plain, pointer.strip(), value.strip()));
        assertProblem(answer, 400);
        assertThat(answer.body()).contains("`" + named.strip() + "`");
    }

    private static void assertDenied(JsonNode one) {
        assertThat(one.path("decision")).as(one.toString()).hasToString("false");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "evaluation",
                "evaluations",
                "search/subject",
                "search/resource",
                "search/action"
            })
    void refusesWhatIsNoJsonRequest(String endpoint) {
        String path = "/access/v1/" + endpoint;
        for (String body :
                new String[] {"", "{", "[]", "null", "5", "{\"a\":1,\"a\":2}", "{} {}"}) {
            assertProblem(server.post(path, body), 400);
        }
        String deep = "{\"x\":" + "[".repeat(40) + "]".repeat(40) + "}";
        assertProblem(server.post(path, deep), 400);
        for (String type : new String[] {"text/plain", "application/xml", "application/jsonx"}) {
            Answer answer =
                    server.send(
                            HttpRequest.newBuilder(server.uri(path))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("Content-Type", type)
                                    .POST(HttpRequest.BodyPublishers.ofString("{}")));
            assertProblem(answer, 400);
        }
        assertProblem(server.post(path, "{\"x\": \"" + "a".repeat(1 << 20) + "\"}"), 413);
        assertProblem(server.get(path), 405);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "evaluations, ''",
        "evaluations, Bearer qpdp_nobody",
        "search/subject, ''",
        "search/resource, Basic dXNlcjpwYXNz",
        "search/action, Bearer qpdp_nobody"
    })
    void refusesACallerThatIsNobody(String endpoint, String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri("/access/v1/" + endpoint))
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .header("X-Request-ID", "mine")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        Answer answer = server.send(request);
        assertProblem(answer, 401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(answer.header("X-Request-ID")).isEqualTo("mine");
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }
}
