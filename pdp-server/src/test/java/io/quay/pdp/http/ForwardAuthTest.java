package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.CapturedLog;
import io.quay.pdp.TestServer;
import io.quay.pdp.http.ProxiedServer.Answer;
import io.quay.pdp.http.ProxiedServer.Asked;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every hostile request line through each face for proxies.
final class ForwardAuthTest {
    private static final String SOUND = "/api/v1/repository/acme/app";

    /// What is no request line of HTTP once it stands in one, as the server reads it, or has no
    /// path (`CONNECT`, RFC 9112 §3.2.3): refused before anybody knows what is asked, not recorded,
    /// and taken for a denial by Envoy, which itself sends no such thing.
    private static final Pattern NO_REQUEST_LINE =
            Pattern.compile("^CONNECT |\t|%00|%2/|^GET /.* ");

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

    static Stream<Arguments> questions() {
        return ProxiedTargets.all().stream()
                .flatMap(line ->
                        Arrays.stream(Asked.values()).map(face -> Arguments.of(face, line)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("questions")
    void allowsNothingThatIsNotDecidedAsItself(Asked face, ProxiedTargets.Line line) {
        TestServer.Answer decided = server.authorize(line.method(), line.target());
        Answer answer = server.ask(face, line.method(), line.target());
        assertThat(decided.json().path("decision").asBoolean()).isEqualTo(line.allow());
        boolean asked =
                face != Asked.ENVOY
                        || !NO_REQUEST_LINE.matcher(line.method() + " " + line.target()).find();
        assertThat(answer.status())
                .as(answer.toString())
                .isEqualTo(!asked ? 400 : line.allow() ? 200 : 403);
        assertThat(answer.header("X-PDP-Cause"))
                .isEqualTo(!asked || line.allow() ? "" : decided.cause());
        assertThat(answer.header("X-PDP-Decision-ID").isEmpty()).isEqualTo(!asked);
    }

    /// What an HTTP server refuses on other paths is decided as itself here.
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/api/v1/repository/acme\\app",
                "/api/v1/repository/\u00e1cme/app",
                "/api/v1/repository/acme%c0%af/app",
                "/api/v1/repository/acme%u002fapp",
                "/api/v1/repository/acme/app/../../../../../../..",
                "/../../v1/service-accounts",
                "/%2e%2e/%2e%2e/livez",
                "/..;/..;/livez",
                "/api/v1/repository/acme/app?x=%c0%af",
            })
    void recordsWhatAnHttpServerWouldRefuse(String target) {
        Answer answer = server.ask(Asked.ENVOY, "GET", target);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(403);
        assertThat(server.record(answer.header("X-PDP-Decision-ID")).path("cause").asText())
                .isEqualTo(answer.header("X-PDP-Cause"))
                .isNotEmpty();
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void decidesAboutATargetLongerThanServersTake(Asked face) {
        Answer answer = server.ask(face, "GET", SOUND + "?x=" + "a".repeat(40_000));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("X-PDP-Decision-ID")).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void decidesBesideAHeaderLongerThanServersTake(Asked face) {
        Answer answer =
                server.ask(
                        face,
                        "GET",
                        SOUND,
                        "Authorization: Bearer " + server.proxied(),
                        "X-Long: " + "a".repeat(40_000));
        assertThat(answer.status()).isEqualTo(200);
    }

    /// Beyond what is read of a question nothing is known of it but, at most, its path.
    @Test
    void deniesWhatIsTooLongToRead() {
        for (Asked face : Asked.values()) {
            assertThat(server.ask(face, "GET", SOUND, "X-Long: " + "a".repeat(80_000)).status())
                    .isEqualTo(403);
        }
        assertThat(server.ask(Asked.ENVOY, "GET", "/" + "a".repeat(80_000)).status())
                .isEqualTo(414);
        assertThat(server.ask(Asked.ENVOY, "GET", SOUND, "No colon").status()).isEqualTo(403);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/authorize/",
                "/authorize/x",
                "/authorize/nginx/",
                "/authorize/nginx;x=1",
                "/authorize/nginx%2f",
                "/authorize/%6eginx",
                "/authorize/../authorize/nginx",
                "/authorize/../v1/service-accounts",
                "/authorize/traefik/x",
                "/authorize/NGINX",
                "/Authorize/nginx",
                "//authorize/nginx",
                "/authorize//nginx",
            })
    void deniesAndRecordsAtPathsThatAreNoFace(String path) {
        // Equal denials are recorded ten times a minute, so each path has one caller and method.
        int turn = Math.floorMod(path.hashCode(), 3);
        Asked caller = List.of(Asked.NGINX, Asked.TRAEFIK, Asked.ENVOY).get(turn);
        Answer answer =
                server.send(
                        List.of(
                                List.of("GET", "POST", "PROPFIND").get(turn)
                                        + " "
                                        + path
                                        + " HTTP/1.1",
                                "Content-Length: 0",
                                "X-Original-Method: GET",
                                "X-Original-URI: " + SOUND,
                                "Authorization: Bearer " + server.proxied(),
                                "X-PDP-Caller-Token: " + server.pepTokens().get(caller)));
        assertThat(answer.status()).as(answer.toString()).isEqualTo(403);
        assertThat(answer.body()).isEmpty();
        JsonNode record = server.record(answer.header("X-PDP-Decision-ID"));
        assertThat(record.path("cause").asText()).isEqualTo("caller_refused");
        assertThat(record.path("caller").asText())
                .isEqualTo("proxy-" + caller.name().toLowerCase(Locale.ROOT));
    }

    /// What is taken below `/authorize/` is taken nowhere else.
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/livez%00",
                "/livez\\x",
                "/v1/service-accounts/svc%2/x",
                "/v1/service-accounts/svc%c0%af",
                "/v1/service-accounts/\u00e1",
                "/x/../authorize%00/nginx",
            })
    void refusesElsewhereWhatProxiesMayAskAbout(String target) {
        Answer answer =
                server.send(
                        List.of(
                                "GET " + target + " HTTP/1.1",
                                "Authorization: Bearer " + server.admin()));
        assertThat(answer.status()).as(answer.toString()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @ParameterizedTest
    @EnumSource
    void saysWhoWasAllowedAndWhy(Asked face) {
        Answer answer = server.ask(face, "GET", SOUND);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("X-PDP-Principal")).isEqualTo("svc-proxied");
        assertThat(answer.header("X-PDP-Reasons")).isEqualTo("everything");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.body()).isEmpty();
        assertThat(server.record(answer.header("X-PDP-Decision-ID")).path("caller").asText())
                .isEqualTo("proxy-" + face.name().toLowerCase(Locale.ROOT));
    }

    @ParameterizedTest
    @EnumSource
    void leavesOneAccessLineWithoutTheTarget(Asked face) {
        try (CapturedLog log = CapturedLog.begin()) {
            server.ask(face, "GET", "/api/v1/repository/acme/canary7f3a");
            String line = log.text().replace("\\/", "/");
            assertThat(line.split("\"millis\"", -1)).hasSize(2);
            assertThat(line)
                    .contains("/authorize/" + face.name().toLowerCase(Locale.ROOT))
                    .doesNotContain("canary7f3a", server.proxied());
        }
    }

    @ParameterizedTest
    @EnumSource
    void deniesWithReasons(Asked face) {
        Answer forbidden = server.ask(face, "GET", "/api/v1/repository/acme/secret");
        assertThat(forbidden.status()).isEqualTo(403);
        assertThat(forbidden.header("X-PDP-Cause")).isEqualTo("forbidden");
        assertThat(forbidden.header("X-PDP-Reasons")).isEqualTo("but-the-secret");
        Answer nothing =
                server.ask(face, "GET", SOUND, "Authorization: Bearer " + server.nothing());
        assertThat(nothing.status()).isEqualTo(403);
        assertThat(nothing.header("X-PDP-Cause")).isEqualTo("no_permit");
        assertThat(nothing.header("X-PDP-Principal")).isEqualTo("svc-nothing");
        assertThat(nothing.header("WWW-Authenticate")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void refusesAClientWithoutAToken(Asked face) {
        Answer answer = server.ask(face, "GET", SOUND, new String[0]);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"quay\"");
        assertThat(answer.header("X-PDP-Decision-ID")).isNotEmpty();
        for (String header : List.of("Bearer nonsense", "Bearer ", "Basic eDp5", "nonsense")) {
            Answer refused = server.ask(face, "GET", SOUND, "Authorization: " + header);
            assertThat(refused.status()).as(header).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate"))
                    .isEqualTo("Bearer realm=\"quay\", error=\"invalid_token\"");
            assertThat(refused.header("X-PDP-Cause")).isEqualTo("invalid_token");
            assertThat(refused.header("X-PDP-Principal")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void deniesWhatNeedsABody(Asked face) {
        for (String line :
                List.of(
                        "POST /api/v1/repository",
                        "POST /api/v1/organization/",
                        "PUT /api/v1/superuser/users/someone")) {
            String[] words = line.split(" ", 2);
            Answer answer = server.ask(face, words[0], words[1]);
            assertThat(answer.status()).as(line).isEqualTo(403);
            assertThat(answer.header("X-PDP-Cause")).isEqualTo("body_required");
        }
    }
}
