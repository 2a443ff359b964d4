package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.identity.ClientSecret;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Searches with Quay's schema and the policy set `acme`.
final class AuthZenSearchTest {
    private static final String NO_SEARCH = ClientSecret.generate(new SecureRandom());
    private static final String NATIVE_ONLY = ClientSecret.generate(new SecureRandom());
    private static final String OTHER = ClientSecret.generate(new SecureRandom());
    private static final String SUBJECTS =
            """
            {"subject": {"type": "Quay::ServiceAccount"}, "action": {"name": "createRepo"},
             "resource": {"type": "Quay::Organization", "id": "acme"},
             "context": {"parameters": {"repository": "web", "visibility": "private"}}}
            """;
    private static final String RESOURCES =
            """
            {"subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"},
             "action": {"name": "getRepo"}, "resource": {"type": "Quay::Repository"},
             "context": {"parameters": {}}}
            """;
    private static final String ACTIONS =
            """
            {"subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"},
             "resource": {"type": "Quay::Repository", "id": "acme/web"},
             "context": {"parameters": {}}}
            """;
    private static final String ENTITIES =
            """
            [{"uid": {"type": "Quay::Repository", "id": "acme/web"}},
             {"uid": {"type": "Quay::Repository", "id": "acme/app"}},
             {"uid": {"type": "Quay::Repository", "id": "acme/old"}},
             {"uid": {"type": "Quay::Repository", "id": "other/web"}}]
            """;

    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() throws java.io.IOException {
        io.quay.pdp.PolicySets.copy("acme", directory);
        java.nio.file.Files.writeString(directory.resolve("policies/entities.json"), ENTITIES);
        server =
                TestServer.start(
                        directory,
                        """
                        peps:
                          - {name: none, token_sha256: %s, faces: [authzen], may_name_subject: true}
                          - {name: native, token_sha256: %s, faces: [authorize], may_search: true}
                          - {name: other, token_sha256: %s, faces: [authzen], may_search: true}
                        """
                                .formatted(
                                        ClientSecret.sha256Hex(NO_SEARCH),
                                        ClientSecret.sha256Hex(NATIVE_ONLY),
                                        ClientSecret.sha256Hex(OTHER)),
                        Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String path(String kind) {
        return "/access/v1/search/" + kind;
    }

    private static String body(String kind) {
        return switch (kind) {
            case "subject" -> SUBJECTS;
            case "resource" -> RESOURCES;
            default -> ACTIONS;
        };
    }

    private static Answer by(String token, String kind, String body) {
        return server.send(
                HttpRequest.newBuilder(server.uri(path(kind)))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static List<String> names(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> names = new ArrayList<>();
        answer.json()
                .path("results")
                .forEach(one -> names.add(one.path(one.has("id") ? "id" : "name").asText()));
        return names;
    }

    private static void assertBad(Answer answer, String detail) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("detail").asText()).contains(detail);
    }

    @Test
    void findsAccountsAlsoThroughTheirGroups() {
        assertThat(names(server.post(path("subject"), SUBJECTS)))
                .containsExactly("svc-ci", "svc-terraform");
        String other = Json.without(SUBJECTS, "/context/parameters/visibility");
        assertThat(names(server.post(path("subject"), other))).containsExactly("svc-terraform");
    }

    @Test
    void findsOnlyWhatTheSubjectMayReach() {
        assertThat(names(server.post(path("resource"), RESOURCES)))
                .containsExactly("acme/app", "acme/old", "acme/web")
                .doesNotContain("acme/secret", "other/web");
    }

    @Test
    void findsObjectsThatOnlyAPolicyNames() {
        String organizations =
                Json.with(
                        Json.with(SUBJECTS, "/subject/id", "\"svc-terraform\""),
                        "/resource",
                        "{\"type\": \"Quay::Organization\"}");
        assertThat(names(server.post(path("resource"), organizations))).containsExactly("acme");
    }

    @Test
    void findsActions() {
        assertThat(names(server.post(path("action"), ACTIONS)))
                .containsExactly("deleteRepository", "getRepo");
        assertThat(
                        names(
                                server.post(
                                        path("action"),
                                        Json.with(ACTIONS, "/resource/id", "\"acme/secret\""))))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"subject", "resource", "action"})
    void everyHitIsAllowedWhenItIsAskedFor(String kind) {
        List<String> names = names(server.post(path(kind), body(kind)));
        assertThat(names).isNotEmpty();
        for (String name : names) {
            String wanted = "\"" + name + "\"";
            String question =
                    kind.equals("action")
                            ? Json.with(ACTIONS, "/action", "{\"name\": " + wanted + "}")
                            : Json.with(body(kind), "/" + kind + "/id", wanted);
            assertThat(server.post("/access/v1/evaluation", question).json().path("decision"))
                    .as(name)
                    .hasToString("true");
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"subject", "resource", "action"})
    void refusesACallerWithoutThePermission(String kind) {
        for (String token : List.of(NO_SEARCH, NATIVE_ONLY)) {
            Answer answer = by(token, kind, body(kind));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.body()).doesNotContain("svc-", "acme", "getRepo");
        }
        Answer unknown = by("qpdp_nobody", kind, body(kind));
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(unknown.header("WWW-Authenticate")).startsWith("Bearer");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "subject  | /subject/type  | \"Spaceship\"",
                "subject  | /subject/type  | \"Pdp::Action\"",
                "subject  | /subject/type  | \"Workload::Oidc\"",
                "subject  | /subject/type  | \"Quay::Group\"",
                "subject  | /resource/type | \"Spaceship\"",
                "subject  | /action/name   | \"createServiceAccount\"",
                "resource | /resource/type | \"Spaceship\"",
                "resource | /resource/type | \"Quay::ServiceAccount\"",
                "resource | /subject/id    | \"svc-nobody\"",
                "resource | /subject/id    | \"svc-off\"",
                "action   | /subject/type  | \"Spaceship\"",
                "action   | /resource/type | \"Spaceship\"",
                "action   | /subject/id    | \"svc-off\"",
            })
    void findsNothingForWhatIsUnknownOrMayNotAct(String kind, String pointer, String value) {
        Answer answer =
                server.post(path(kind), Json.with(body(kind), pointer.strip(), value.strip()));
        assertThat(names(answer)).isEmpty();
        assertThat(answer.json().path("results").isArray()).isTrue();
    }

    @Test
    void doesNotSayPropertiesOfTheWantedOfEveryCandidate() {
        String body =
                Json.with(SUBJECTS, "/subject/properties", "{\"name\": \"x\", \"enabled\": true}");
        assertThat(names(server.post(path("subject"), body)))
                .containsExactly("svc-ci", "svc-terraform");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "/page       | 5, [], \"x\"",
                "/page/limit | -1, 1.5, \"1\", {}, true",
                "/page/token | 5, [], \"\", \"x\", \"AAAA\"",
            })
    void refusesAPageThatIsMalformed(String pointer, String values) {
        for (String value : values.split(", ", -1)) {
            assertBad(
                    server.post(
                            path("subject"), Json.with(SUBJECTS, pointer.strip(), value.strip())),
                    pointer.strip().substring(1).replace('/', '.'));
        }
    }

    @Test
    void goesThroughPagesToTheEnd() {
        String body = Json.with(RESOURCES, "/page", "{\"limit\": 2}");
        JsonNode first = server.post(path("resource"), body).json();
        assertThat(first.fieldNames().next()).isEqualTo("page");
        assertThat(first.path("results")).hasSize(2);
        assertThat(first.at("/page/count").asInt()).isEqualTo(2);
        String token = first.at("/page/next_token").asText();
        assertThat(token).isNotEmpty().doesNotContain("acme");
        for (String limit : List.of("", ", \"limit\": 2")) {
            String next =
                    Json.with(RESOURCES, "/page", "{\"token\": \"" + token + "\"" + limit + "}");
            Answer second = server.post(path("resource"), next);
            assertThat(names(second)).containsExactly("acme/web");
            assertThat(second.json().at("/page/next_token").asText("-")).isEmpty();
        }
    }

    @Test
    void answersNoPageWhenNobodyAskedAndThatIsAll() {
        assertThat(server.post(path("subject"), SUBJECTS).json().has("page")).isFalse();
    }

    @Test
    void takesALimitOfNothing() {
        JsonNode answer =
                server.post(path("subject"), Json.with(SUBJECTS, "/page", "{\"limit\": 0}")).json();
        assertThat(answer.path("results")).isEmpty();
        assertThat(answer.at("/page/next_token").asText()).isNotEmpty();
    }

    private static String token(String kind) {
        return server.post(path(kind), Json.with(body(kind), "/page", "{\"limit\": 1}"))
                .json()
                .at("/page/next_token")
                .asText();
    }

    private static String next(String body, String token) {
        return Json.with(body, "/page", "{\"token\": \"" + token + "\"}");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "subject  | /action/name                   | \"getRepo\"",
                "subject  | /action/properties             | {\"x\": 1}",
                "subject  | /resource/id                   | \"other\"",
                "subject  | /context/parameters/visibility | \"public\"",
                "subject  | /context                       | {}",
                "subject  | /subject/type                  | \"Quay::Group\"",
                "resource | /subject/id                    | \"svc-ci\"",
                "resource | /action/name                   | \"deleteRepository\"",
                "resource | /resource/type                 | \"Quay::Organization\"",
                "action   | /subject/id                    | \"svc-ci\"",
                "action   | /resource/id                   | \"acme/app\"",
            })
    void refusesATokenOfAnotherQuery(String kind, String pointer, String value) {
        String other = Json.with(body(kind), pointer.strip(), value.strip());
        assertBad(server.post(path(kind), next(other, token(kind))), "`page.token`");
    }

    @Test
    void refusesATokenOfAnotherSearchOrCaller() {
        String question = Json.with(SUBJECTS, "/subject/id", "\"svc-terraform\"");
        JsonNode page =
                server.post(path("subject"), Json.with(question, "/page", "{\"limit\": 1}")).json();
        String token = page.at("/page/next_token").asText();
        assertThat(names(server.post(path("subject"), next(question, token))))
                .containsExactly("svc-terraform");
        assertBad(server.post(path("resource"), next(question, token)), "`page.token`");
        assertBad(server.post(path("action"), next(question, token)), "`page.token`");
        assertBad(by(OTHER, "subject", next(question, token)), "`page.token`");
    }

    @Test
    void refusesATokenThatWasTamperedWith() {
        byte[] bytes = Base64.getUrlDecoder().decode(token("resource"));
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            String token = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
            assertBad(server.post(path("resource"), next(RESOURCES, token)), "`page.token`");
        }
    }

    @Test
    void refusesAnotherLimitAmidThePages() {
        String body =
                Json.with(
                        RESOURCES,
                        "/page",
                        "{\"token\": \"" + token("resource") + "\", \"limit\": 5}");
        assertBad(server.post(path("resource"), body), "`page.limit`");
    }

    @Test
    void takesTheSameQueryInAnotherOrder() {
        ObjectNode original = Json.parse(RESOURCES);
        ObjectNode turned = TestServer.JSON.createObjectNode();
        List<String> names = new ArrayList<>();
        original.fieldNames().forEachRemaining(names::addFirst);
        names.forEach(name -> turned.set(name, original.get(name)));
        turned.put("unknown", 1);
        assertThat(names(server.post(path("resource"), next(turned.toString(), token("resource")))))
                .containsExactly("acme/old");
    }
}
