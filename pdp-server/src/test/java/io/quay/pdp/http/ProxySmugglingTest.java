package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.http.ProxiedServer.Answer;
import io.quay.pdp.http.ProxiedServer.Asked;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Questions whose headers could say two things, or that no proxy of ours asked: each is denied and
/// recorded, though the client may do what it asks for.
final class ProxySmugglingTest {
    private static final String SOUND = "/api/v1/repository/acme/app";

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

    private static String bearer() {
        return "Authorization: Bearer " + server.proxied();
    }

    private static void assertRefused(Answer answer, String cause, String caller) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(403);
        String id = answer.header("X-PDP-Decision-ID");
        assertThat(id).isNotEmpty();
        assertThat(answer.header("X-PDP-Principal")).isEmpty();
        assertThat(answer.body()).isEmpty();
        JsonNode recorded = server.record(id);
        if (!recorded.has("status")) { // the same often enough is only counted
            assertThat(recorded.path("cause").asText()).isEqualTo(cause);
            assertThat(recorded.path("caller").asText()).isEqualTo(caller);
        }
    }

    static Stream<Arguments> smuggled() {
        List<String> foreign =
                List.of(
                        "X-Original-URL: https://quay.example/api/v1/repository/acme/app",
                        "X-Original-Other: x",
                        "X-Forwarded-Prefix: /api",
                        "X-Forwarded-Path: /api/v1/repository/acme/app",
                        "X-Rewrite-URL: /api/v1/repository/acme/app",
                        "X-Replaced-Path: /api/v1/repository/acme/app",
                        "X-Envoy-Original-Path: /api/v1/repository/acme/app",
                        "X-Envoy-Original-Method: GET",
                        "X-Envoy-Auth-Partial-Body: false",
                        "X-HTTP-Method-Override: DELETE",
                        "X-HTTP-Method: DELETE",
                        "X-Method-Override: DELETE",
                        "X_Original_URI: /api/v1/repository/acme/app",
                        "X-Original_Method: GET",
                        "x_forwarded_uri: /api/v1/repository/acme/app",
                        "X-Forwarded_Method: GET",
                        "X_PDP_Caller_Token: x",
                        "X-PDP_Account: svc-nothing");
        return Arrays.stream(Asked.values())
                .flatMap(face ->
                        Stream.concat(foreign.stream(), ofTheOthers(face))
                                .map(header -> Arguments.of(face, header)));
    }

    private static Stream<String> ofTheOthers(Asked face) {
        List<String> headers = new ArrayList<>();
        for (Asked other : Asked.values()) {
            if (other != face && other != Asked.ENVOY) {
                headers.addAll(other.question("GET", SOUND).subList(1, 3));
            }
        }
        return headers.stream();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("smuggled")
    void refusesAHeaderOfAnotherFamily(Asked face, String header) {
        assertThat(server.ask(face, "GET", SOUND).status()).isEqualTo(200);
        Answer answer = server.ask(face, "GET", SOUND, bearer(), header);
        assertThat(answer.header("X-PDP-Reasons")).isEmpty();
        assertRefused(answer, "ambiguous_headers", pep(face));
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "NGINX   | X-Original-URI: /api/v1/repository/acme/app",
                "NGINX   | x-original-uri: /api/v1/repository/acme/other",
                "NGINX   | X-Original-Method: GET",
                "TRAEFIK | X-Forwarded-Uri: /api/v1/repository/acme/app",
                "TRAEFIK | X-FORWARDED-URI: /api/v1/repository/acme/other",
                "TRAEFIK | X-Forwarded-Method: DELETE",
            })
    void refusesTheFamilysOwnHeaderTwice(Asked face, String header) {
        assertRefused(
                server.ask(face, "GET", SOUND, bearer(), header), "ambiguous_headers", pep(face));
    }

    private static String pep(Asked face) {
        return "proxy-" + face.name().toLowerCase(Locale.ROOT);
    }

    @ParameterizedTest
    @EnumSource
    void refusesTwoCredentials(Asked face) {
        Answer two = server.ask(face, "GET", SOUND, bearer(), bearer());
        assertRefused(two, "ambiguous_headers", pep(face));
        Answer callers = server.ask(face, "GET", SOUND, bearer(), "X-PDP-Caller-Token: x");
        assertRefused(callers, "ambiguous_headers", "(unproven)");
        Answer accounts =
                server.ask(
                        face,
                        "GET",
                        SOUND,
                        bearer(),
                        "X-PDP-Account: svc-proxied",
                        "X-PDP-Account: svc-nothing");
        assertRefused(accounts, "ambiguous_headers", pep(face));
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            value = {
                "GET                    | /api/v1/repository/acme/app, /api/v1/repository/acme/web",
                "GET                    | /api/v1/repository/acme/app,/api/v1/repository/acme/web",
                "GET                    | /api/v1/repository/acme/app?x=a,b",
                "GET                    | ''",
                "''                     | /api/v1/repository/acme/app",
                "GET, DELETE            | /api/v1/repository/acme/app",
            })
    void refusesAValueThatCouldBeTwoOrIsNone(String method, String target) {
        for (Asked face : List.of(Asked.NGINX, Asked.TRAEFIK)) {
            assertRefused(server.ask(face, method, target), "ambiguous_headers", pep(face));
        }
    }

    /// Not the question's own method and path, nor those of another face.
    @ParameterizedTest
    @EnumSource(names = {"NGINX", "TRAEFIK"})
    void refusesAMissingHeaderInsteadOfGuessing(Asked face) {
        for (int missing = 1; missing <= 2; missing++) {
            List<String> lines = new ArrayList<>(face.question("GET", SOUND));
            lines.remove(missing);
            lines.add("X-PDP-Caller-Token: " + server.pepTokens().get(face));
            lines.add(bearer());
            assertRefused(server.send(lines), "ambiguous_headers", pep(face));
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhoeverIsNoProxyOfOurs(Asked face) {
        List<String> question = new ArrayList<>(face.question("GET", SOUND));
        question.add(bearer());
        assertRefused(server.send(question), "caller_refused", "(unproven)");
        for (String token : List.of("", "nonsense", server.proxied(), "qpdp_" + "0".repeat(50))) {
            List<String> with = new ArrayList<>(question);
            with.add("X-PDP-Caller-Token: " + token);
            assertRefused(server.send(with), "caller_refused", "(unproven)");
        }
    }

    /// A proxy that is told to fill in one family must not be able to vouch for another.
    @ParameterizedTest
    @EnumSource
    void refusesAProxyOfAnotherKind(Asked face) {
        for (Asked other : Asked.values()) {
            if (other != face) {
                List<String> lines = new ArrayList<>(face.question("GET", SOUND));
                lines.add(bearer());
                lines.add("X-PDP-Caller-Token: " + server.pepTokens().get(other));
                assertRefused(server.send(lines), "caller_refused", pep(other));
            }
        }
    }

    @Test
    void takesNoProxysCredentialAtAuthorize() {
        String token = server.pepTokens().get(Asked.NGINX);
        Answer answer =
                server.send(
                        List.of(
                                "POST /authorize HTTP/1.1",
                                "Authorization: Bearer " + token,
                                "Content-Type: application/json",
                                "Content-Length: 0"));
        assertThat(answer.status()).isEqualTo(403);
    }

    @Test
    void answersProxiesNothingBut200And401And403(@TempDir Path other) {
        String trusted = "server: {trusted_proxies: [127.0.0.1]}\n";
        try (ProxiedServer near = ProxiedServer.start(other, trusted)) {
            for (Asked face : Asked.values()) {
                for (String method :
                        List.of("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "X")) {
                    List<String> lines = new ArrayList<>(face.question(method, SOUND));
                    lines.set(0, lines.getFirst().replaceFirst("^\\S+", method));
                    assertThat(near.send(lines).status()).as(face + " " + method).isEqualTo(401);
                    lines.add("Authorization: Bearer " + near.nothing());
                    assertThat(near.send(lines).status()).as(face + " " + method).isEqualTo(403);
                }
            }
        }
    }

    @Test
    void believesAnAddressOnlyWhenItIsConfigured(@TempDir Path other) {
        String trusted = "server: {trusted_proxies: [127.0.0.1]}\n";
        List<String> question = new ArrayList<>(Asked.NGINX.question("GET", SOUND));
        try (ProxiedServer near = ProxiedServer.start(other, trusted)) {
            question.add("Authorization: Bearer " + near.proxied());
            Answer answer = near.send(question);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(near.record(answer.header("X-PDP-Decision-ID")).path("caller").asText())
                    .isEqualTo("proxy@127.0.0.1");
            // also from there a wrong token is wrong
            question.add("X-PDP-Caller-Token: nonsense");
            assertThat(near.send(question).header("X-PDP-Cause")).isEmpty();
            assertThat(near.send(question).status()).isEqualTo(403);
        }
    }

    @Test
    void tellsAProxyWithABareProfileNoReasons(@TempDir Path other) {
        try (ProxiedServer bare = ProxiedServer.startBare(other)) {
            Answer allowed = bare.ask(Asked.NGINX, "GET", SOUND);
            assertThat(allowed.status()).isEqualTo(200);
            assertThat(allowed.header("X-PDP-Principal")).isEqualTo("svc-proxied");
            Answer denied = bare.ask(Asked.NGINX, "GET", "/api/v1/repository/acme/secret");
            assertThat(denied.status()).isEqualTo(403);
            assertThat(denied.headers()).doesNotContainKeys("x-pdp-cause", "x-pdp-reasons");
        }
    }
}
