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
                "",
                "getRepo\u0000"
            })
    void deniesActionsThatTheSchemaDoesNotHave(String action) {
        ObjectNode single = question("Quay::Repository", "acme/web", action);
        assertDenied(server.post("/access/v1/evaluation", single.toString()).json());
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
