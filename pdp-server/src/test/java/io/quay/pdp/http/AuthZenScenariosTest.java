package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// AuthZEN's interoperability scenarios and its certification scenario, over HTTP, with the answers
/// that they expect: to the byte, so that no member stands there that must not.
final class AuthZenScenariosTest {
    private static final Map<String, TestServer> SERVERS = new TreeMap<>();

    @TempDir private static Path directory;

    @AfterAll
    static void stop() {
        SERVERS.values().forEach(TestServer::close);
    }

    static Stream<Arguments> cases() {
        return Stream.of(
                        "todo/todo-1.0.json",
                        "todo/todo-1.1.json",
                        "gateway/gateway.json",
                        "search/search.json",
                        "certification/certification.json")
                .flatMap(file ->
                        AuthZenBundle.cases(file).stream()
                                .map(one ->
                                        Arguments.of(
                                                file,
                                                one.path("level").asText(),
                                                one.path("name").asText(),
                                                one)));
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @MethodSource("cases")
    void answersAsTheScenarioExpects(String file, String level, String name, JsonNode one) {
        TestServer server = server(file.substring(0, file.indexOf('/')));
        Answer answer = ask(server, one);
        assertThat(answer.header("X-Request-ID")).isEqualTo("case " + name.length());
        if (one.has("want")) {
            assertThat(answer.body()).isEqualTo(one.path("want").toString());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(ask(server, one).body()).isEqualTo(answer.body());
        } else {
            assertThat(answer.status()).as(answer.body()).isEqualTo(one.path("status").asInt());
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        }
    }

    /// As many as the scenarios have; a case that got lost would be missed by nobody.
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "todo/todo-1.0.json, 40, 26",
        "todo/todo-1.1.json, 43, 26",
        "gateway/gateway.json, 25, 19",
        "search/search.json, 198, 0",
        "certification/certification.json, 69, 13"
    })
    void scenariosAreWhole(String file, int cases, int allowed) {
        assertThat(AuthZenBundle.cases(file)).hasSize(cases);
        assertThat(AuthZenBundle.cases(file))
                .filteredOn(one -> one.at("/want/decision").asBoolean())
                .hasSize(allowed);
    }

    @Test
    void certificationLevelSearchGoesThroughPages() {
        String question =
                """
                {"subject": {"type": "user"}, "action": {"name": "read"},
                 "resource": {"type": "record", "id": "record-1"}, "page": %s}
                """;
        TestServer server = server("certification");
        String path = "/access/v1/search/subject";
        JsonNode first = server.post(path, question.formatted("{\"limit\": 1}")).json();
        assertThat(first.path("results")).hasToString("[{\"type\":\"user\",\"id\":\"alice\"}]");
        JsonNode token = first.at("/page/next_token");
        JsonNode last = server.post(path, question.formatted("{\"token\": " + token + "}")).json();
        assertThat(last)
                .hasToString(
                        """
                        {"page":{"next_token":"","count":1},\
                        "results":[{"type":"user","id":"bob"}]}\
                        """);
    }

    @Test
    void certificationLevelDiscoveryIsMet() {
        Answer answer = server("certification").get("/.well-known/authzen-configuration");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.json().path("policy_decision_point").asText())
                .isEqualTo("https://pdp.example.com");
    }

    private static Answer ask(TestServer server, JsonNode one) {
        HttpRequest.BodyPublisher body =
                HttpRequest.BodyPublishers.ofString(one.path("request").toString());
        return server.send(
                server.request(one.path("path").asText())
                        .header("X-Request-ID", "case " + one.path("name").asText().length())
                        .POST(body));
    }

    private static TestServer server(String bundle) {
        return SERVERS.computeIfAbsent(
                bundle,
                name -> {
                    try {
                        return AuthZenBundle.start(
                                Files.createDirectory(directory.resolve(name)),
                                name,
                                "may_name_subject: true, may_search: true, response: bare",
                                "server: {issuer: 'https://pdp.example.com'}");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }
}
