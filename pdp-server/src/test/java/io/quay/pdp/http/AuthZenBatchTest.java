package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.store.LogFailures;
import io.quay.pdp.store.StoredDecisions;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `POST /access/v1/evaluations` with Quay's schema.
final class AuthZenBatchTest {
    private static final String PATH = "/access/v1/evaluations";
    private static final String NAMES_NOBODY = ClientSecret.generate(new SecureRandom());
    private static final String BARE = ClientSecret.generate(new SecureRandom());

    @TempDir private Path directory;
    private TestServer server;

    @BeforeEach
    void start() {
        server =
                TestServer.start(
                        directory,
                        """
                        decisions: {max_evaluations: 5}
                        peps:
                          - {name: nobody, token_sha256: %s, faces: [authzen]}
                          - {name: bare, token_sha256: %s, faces: [authzen], may_name_subject: true, response: bare}
                        """
                                .formatted(
                                        ClientSecret.sha256Hex(NAMES_NOBODY),
                                        ClientSecret.sha256Hex(BARE)),
                        Map.of());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /// A batch by svc-terraform, who may do it to `acme/web` and not to `acme/secret`.
    private static String batch(String options, String... repositories) {
        List<String> items = new ArrayList<>();
        for (String repository : repositories) {
            items.add(
                    repository.isEmpty()
                            ? "{}"
                            : "{\"resource\": {\"type\": \"Quay::Repository\", \"id\": \""
                                    + repository
                                    + "\"}}");
        }
        return """
        {"subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"},
         "action": {"name": "getRepo"}, "context": {"parameters": {}},
         "options": %s, "evaluations": [%s]}
        """
                .formatted(options, String.join(",", items));
    }

    private static String semantic(String name) {
        return "{\"evaluations_semantic\": \"" + name + "\"}";
    }

    private Answer by(String token, String body) {
        return server.send(
                HttpRequest.newBuilder(server.uri(PATH))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private List<DecisionRecord> recorded() {
        server.close();
        return StoredDecisions.read(directory.resolve("data/pdp.db"));
    }

    @ParameterizedTest(name = "{0}: {1} gives {2}")
    @CsvSource({
        "execute_all, acme/web acme/secret acme/app, true false true",
        "deny_on_first_deny, acme/web acme/secret acme/app, true false",
        "deny_on_first_deny, acme/web acme/app, true true",
        "deny_on_first_deny, acme/web - acme/app, true false",
        "permit_on_first_permit, acme/secret acme/web acme/app, false true",
        "permit_on_first_permit, acme/secret other/app, false false",
        "permit_on_first_permit, - acme/web acme/app, false true"
    })
    void stopsWhereTheSemanticSays(String semantic, String repositories, String decisions) {
        String[] ids = repositories.replace("-", "").split(" ", -1);
        JsonNode answer = server.post(PATH, batch(semantic(semantic), ids)).json();
        assertThat(answer.has("decision")).isFalse();
        assertThat(answer.path("evaluations"))
                .extracting(one -> one.path("decision").asText())
                .containsExactly(decisions.split(" "));
        int decided = decisions.split(" ").length - (repositories.contains("-") ? 1 : 0);
        assertThat(recorded()).hasSize(decided);
    }

    @Test
    void recordsEachUnderTheRequestsId() {
        HttpRequest.Builder request =
                server.request(PATH)
                        .header("X-Request-ID", "batch-7")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        batch("{}", "acme/web", "acme/secret")));
        JsonNode answer = server.send(request).json();
        List<DecisionRecord> records = recorded();
        assertThat(records)
                .extracting(DecisionRecord::id)
                .containsExactly(
                        answer.at("/evaluations/1/context/id").asText(),
                        answer.at("/evaluations/0/context/id").asText());
        assertThat(records)
                .allSatisfy(one -> {
                    assertThat(one.requestId()).isEqualTo("batch-7");
                    assertThat(one.caller()).isEqualTo("first-start");
                });
        assertThat(records).extracting(DecisionRecord::allowed).containsExactly(false, true);
        assertThat(records.getFirst().policies()).containsExactly("acme-secret");
    }

    @Test
    void decidesAsASingleEvaluationWould() {
        JsonNode several =
                server.post(PATH, batch("{}", "acme/web", "acme/secret", "other/x")).json();
        for (int i = 0; i < 3; i++) {
            String id = List.of("acme/web", "acme/secret", "other/x").get(i);
            String one =
                    Json.with(
                            Json.without(batch("{}"), "/evaluations"),
                            "/resource",
                            "{\"type\": \"Quay::Repository\", \"id\": \"" + id + "\"}");
            JsonNode single = server.post("/access/v1/evaluation", one).json();
            JsonNode item = several.path("evaluations").path(i);
            assertThat(item.path("decision")).isEqualTo(single.path("decision"));
            assertThat(item.at("/context/reasons")).isEqualTo(single.at("/context/reasons"));
            assertThat(item.at("/context/cause")).isEqualTo(single.at("/context/cause"));
        }
    }

    @Test
    void refusesMoreThanItTakesAtOnceBeforeItDecides() {
        String[] six = Collections.nCopies(6, "acme/web").toArray(String[]::new);
        assertBad(server.post(PATH, batch("{}", six)), "5 are taken at once");
        assertThat(
                        server.post(
                                        PATH,
                                        batch(
                                                "{}",
                                                Collections.nCopies(5, "acme/web")
                                                        .toArray(String[]::new)))
                                .status())
                .isEqualTo(200);
        assertThat(recorded()).hasSize(5);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "/options/evaluations_semantic | \"execute_any\", \"\", 5, \"EXECUTE_ALL\"",
                "/options                      | 5, [], \"execute_all\"",
                "/evaluations                  | 5, {}, \"x\", [5], [null], [[]], [{}, \"x\"]",
                "/subject                      | 5, [], \"svc-terraform\"",
                "/action                       | 5, [], \"getRepo\"",
                "/resource                     | 5, [], \"acme/web\"",
                "/context                      | 5, [], \"x\""
            })
    void refusesABatchThatIsMalformedAsAWhole(String pointer, String values) {
        String good = batch("{}", "acme/web", "acme/app");
        for (String value : values.split(", (?![^\\[]*])", -1)) {
            assertBad(
                    server.post(PATH, Json.with(good, pointer.strip(), value)),
                    pointer.strip().substring(pointer.strip().lastIndexOf('/') + 1));
        }
        assertThat(recorded()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "{\"resource\": {\"type\": \"Quay::Repository\"}}",
                "{\"resource\": {}}",
                "{\"resource\": 5}",
                "{\"action\": {\"name\": 5}}",
                "{\"context\": {\"source_ip\": \"canary-7f3a\"}}",
                "{\"subject\": {\"type\": \"Quay::ServiceAccount\", \"id\": \"\"}}"
            })
    void deniesAnItemThatIsMalformedAndNoOther(String item) {
        String body =
                Json.with(
                        batch("{}", "acme/web"),
                        "/evaluations",
                        "[{}, " + item + ", {\"action\": {\"name\": \"getRepo\"}}]");
        String good = "{\"type\": \"Quay::Repository\", \"id\": \"acme/web\"}";
        JsonNode answer = server.post(PATH, Json.with(body, "/resource", good)).json();
        assertThat(answer.path("evaluations"))
                .extracting(one -> one.path("decision").asBoolean())
                .containsExactly(true, false, true);
        JsonNode error = answer.at("/evaluations/1/context/error");
        assertThat(error.path("status").asInt()).isEqualTo(400);
        assertThat(error.path("message").asText()).isNotEmpty().doesNotContain("canary");
        assertThat(recorded()).hasSize(2);
    }

    @Test
    void refusesSubjectsFromACallerThatMayNotNameThem() {
        Answer answer = by(NAMES_NOBODY, batch("{}", "acme/web"));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(by(NAMES_NOBODY, Json.with(batch("{}"), "/evaluations", "[]")).status())
                .isEqualTo(400);
        assertThat(recorded()).isEmpty();
    }

    @Test
    void tellsACallerThatWantsBareAnswersNothingElse() {
        assertThat(by(BARE, batch("{}", "acme/web", "", "acme/secret")).body())
                .isEqualTo(
                        "{\"evaluations\":[{\"decision\":true},{\"decision\":false},{\"decision\":false}]}");
    }

    @Test
    void deniesWhatItCannotRecord() {
        LogFailures.begin(directory.resolve("data/pdp.db"));
        JsonNode answer = server.post(PATH, batch("{}", "acme/web", "acme/app")).json();
        LogFailures.end(directory.resolve("data/pdp.db"));
        assertThat(answer.path("evaluations"))
                .hasSize(2)
                .allSatisfy(one -> {
                    assertThat(one.path("decision").asBoolean(true)).isFalse();
                    assertThat(one.at("/context/cause").asText()).isEqualTo("audit_unavailable");
                });
    }

    private static void assertBad(Answer answer, String detail) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("detail").asText()).contains(detail);
    }
}
