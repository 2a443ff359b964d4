package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Every hostile request line through each face for proxies.
final class ForwardAuthTest {
    private static final String SOUND = "/api/v1/repository/acme/app";

    /// What is no request at all once it stands in a request line: the server refuses it before any
    /// face is asked, with a status that Envoy takes for a denial.
    private static final Pattern NO_HTTP =
            Pattern.compile("^CONNECT |[\\\\\t\\P{ASCII}]|%00|%2/|^GET /.* ");

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
        if (face == Asked.ENVOY && NO_HTTP.matcher(line.method() + " " + line.target()).find()) {
            assertThat(answer.status()).isEqualTo(400);
            return;
        }
        assertThat(answer.status()).as(answer.toString()).isEqualTo(line.allow() ? 200 : 403);
        assertThat(answer.header("X-PDP-Cause")).isEqualTo(line.allow() ? "" : decided.cause());
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
