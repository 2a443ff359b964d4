package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.http.ProxiedServer.Answer;
import io.quay.pdp.http.ProxiedServer.Asked;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The same request through every face is the same decision: what is recorded of it is the same,
/// byte for byte, but for who asked, when, and under which id.
final class FacesAgreeTest {
    private static final List<String> OF_THE_QUESTION =
            List.of("id", "time", "caller", "request_id");

    @TempDir private static Path directory;
    private static ProxiedServer server;

    @BeforeAll
    static void start() {
        server = ProxiedServer.start(directory, "");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    allow                | GET    | /api/v1/repository/acme/app
                    allow                | HEAD   | /api/v1/repository/acme/app
                    allow                | GET    | /api/v1/repository/acme%2Fapp
                    allow                | GET    | /api/v1/repository/acme/app?includeTags=true
                    allow                | GET    | /api/v1/repository/acme/app/tag
                    allow                | DELETE | /api/v1/repository/acme/app
                    allow                | GET    | /api/v1/organization/acme
                    allow                | DELETE | /api/v1/organization/acme/robots/ci
                    allow                | GET    | /api/v1/user/
                    allow                | GET    | /api/v1/superuser/users/
                    allow                | PUT    | /api/v1/repository/acme/app/tag/v1
                    forbidden            | GET    | /api/v1/repository/acme/secret
                    forbidden            | DELETE | /api/v1/repository/acme/secret
                    body_required        | POST   | /api/v1/repository
                    body_required        | POST   | /api/v1/organization/
                    unknown_operation    | GET    | /api/v1/nothing
                    unknown_operation    | PATCH  | /api/v1/repository/acme/app
                    ambiguous_route      | DELETE | /api/v1/repository/acme/app/build
                    ambiguous_route      | GET    | /api/v1/organization/acme%2Frobots%2Fci
                    non_canonical_path   | GET    | //api/v1/repository/acme/app
                    non_canonical_path   | GET    | /api/v1/repository/acme/../other/app
                    non_canonical_path   | GET    | /api/v1/repository/acme/app;x=1
                    non_canonical_path   | GET    | /api/v1/repository/acme/app#x
                    invalid_query        | GET    | /api/v1/repository/acme/app?includeTags=1&includeTags=0
                    """)
    void decidesTheSameThroughEveryFace(String expected, String method, String target) {
        TestServer.Answer decided = server.authorize(method, target);
        boolean allow = expected.equals("allow");
        assertThat(decided.json().path("decision").asBoolean()).isEqualTo(allow);
        assertThat(decided.context().path("cause").asText("")).isEqualTo(allow ? "" : expected);
        String recorded = recorded(decided.context().path("id").asText());

        for (Asked face : Asked.values()) {
            Answer answer = server.ask(face, method, target);
            assertThat(answer.status()).as(face.name()).isEqualTo(allow ? 200 : 403);
            assertThat(answer.header("X-PDP-Cause")).isEqualTo(allow ? "" : expected);
            assertThat(answer.header("X-PDP-Principal")).isEqualTo("svc-proxied");
            assertThat(answer.header("X-PDP-Reasons"))
                    .isEqualTo(
                            String.join(
                                    ",",
                                    decided.context().path("reasons").findValuesAsText("policy")));
            assertThat(recorded(answer.header("X-PDP-Decision-ID")))
                    .as(face.name())
                    .isEqualTo(recorded);
        }
        if (!decided.context().path("action").isNull()) {
            TestServer.Answer evaluated =
                    server.server().post("/access/v1/evaluation", asTriple(decided));
            assertThat(withoutToken(recorded(evaluated.context().path("id").asText())))
                    .as("AuthZEN")
                    .isEqualTo(withoutToken(recorded));
            assertThat(withoutId(evaluated)).isEqualTo(withoutId(decided));
        }
    }

    /// What was recorded, as the server writes it.
    private static String recorded(String id) {
        ObjectNode record = (ObjectNode) server.record(id);
        assertThat(record.path("id").asText()).isEqualTo(id);
        record.remove(OF_THE_QUESTION);
        return record.toString();
    }

    private static String withoutId(TestServer.Answer answer) {
        return Json.without(answer.body(), "/context/id");
    }

    /// There the caller names the subject, and no token is shown.
    private static String withoutToken(String recorded) {
        return Json.without(recorded, "/token_id");
    }

    /// AuthZEN asks by action and resource: those that the request line was found to mean.
    private static String asTriple(TestServer.Answer decided) {
        JsonNode meant = decided.context();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("subject", meant.path("principal"));
        body.putObject("action").put("name", meant.path("action").asText());
        body.set("resource", meant.path("resource"));
        body.putObject("context")
                .set("parameters", server.record(meant.path("id").asText()).path("parameters"));
        return body.toString();
    }
}
