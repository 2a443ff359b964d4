package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// S18: what is passed to Quay's other doors is what came in, is never the Management API, and
/// never carries a token of ours.
final class PassedCallsTest {
    private static final String SESSION = "Cookie: session=abc\r\n";
    private static final String SECRET = "qpdp_" + "a".repeat(49);

    @TempDir private static Path directory;
    private static GatewayBed bed;
    private static String token;

    @BeforeAll
    static void start() {
        bed = start(directory);
        token = bed.token();
    }

    private static GatewayBed start(Path directory) {
        return GatewayBed.start(
                directory,
                "  other_paths: pass\n  limits: {max_upstream_connections: 2, max_calls: 4}",
                _ -> new Prepared.Ready(GatewayBed.EXECUTING));
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void forget() {
        bed.quay().forget();
    }

    private static String ask(String line, String headers) {
        return ask(bed, line, headers);
    }

    private static String ask(GatewayBed of, String line, String headers) {
        return of.raw(
                line
                        + " HTTP/1.1\r\nHost: quay.example.com\r\nConnection: close\r\n"
                        + headers
                        + "\r\n");
    }

    /// A client's library would take `//x` for a server, and send what stands behind it.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "//x/api/v1/organization/acme",
                "//[::1]/api/v1/organization/acme",
                "//x:80/%61pi/v1/organization/acme",
                "//evil/api%2fv1/organization/acme",
                "//x@y/api/v1/organization/acme",
                "//evil?x=/api/v1/organization/acme",
                "//evil",
                "///x/api/v1/organization/acme",
                "//x/..;/api/v1/organization/acme"
            })
    void s18ATargetThatReadsAsAnAuthority_isRefused(String target) {
        for (String headers : List.of(SESSION, "Authorization: Bearer opaque0123456789\r\n", "")) {
            String answer = ask("DELETE " + target, headers);
            assertThat(GatewayBed.status(answer)).as(target + answer).isBetween(400, 403);
        }
        assertThat(bed.quay().received()).as(target).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/caf\u00e9", "/api\u00ff/v1/user/", "/x?a=\u00c3\u00a1", "/x#/api/v1"})
    void s18ATargetOfBytesThatMustBeEscaped_isRefused(String target) {
        String answer = ask("GET " + target, SESSION);
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(400);
        assertThat(bed.quay().received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/foo?",
                "/foo?c=%zz",
                "/foo?a=b&c=%zz|&d={e}",
                "/foo?%",
                "/v2/a;b=c/x",
                "/v2//a",
                "/v2/a//b?c//d",
                "/x/../v2/",
                "/x/%2e%2e/v2/?x=%2F",
                "/a\\b",
                "/v2/a@b:5000/x?y=/api/v1/user/",
                "/v2/%25252561",
                "/x?a?b",
                "/http://x/y",
                "/.?a=+%20"
            })
    void whatIsPassedArrivesByteForByte(String target) {
        String answer = ask("GET " + target, SESSION);
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        assertThat(bed.quay().received())
                .extracting(StubQuay.Received::line)
                .containsExactly("GET " + target + " HTTP/1.1");
    }

    /// Whatever else arrives, it arrives as it came.
    @ParameterizedTest
    @MethodSource("io.quay.pdp.gateway.AttackStringsTest#neverArrives")
    void s18AnAttackOnThePath_arrivesAsItCameOrNotAtAll(String line) {
        ask(line, SESSION);
        assertThat(bed.quay().received())
                .extracting(StubQuay.Received::line)
                .isSubsetOf(line + " HTTP/1.1")
                .noneMatch(it -> ApiPaths.isApi(it.split(" ", 3)[1]));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Arguments> tokensOfOurs() {
        String escaped = token.replace("e", "%65").replace(".", "%2e");
        return Stream.of(
                Arguments.of("plain", "/v2/auth", "Authorization: Bearer " + token),
                Arguments.of("two spaces", "/v2/auth", "Authorization: Bearer  " + token),
                Arguments.of("a tab", "/v2/auth", "Authorization: bearer\t" + token),
                Arguments.of("scheme Token", "/v2/auth", "Authorization: Token " + token),
                Arguments.of("no scheme", "/v2/auth", "Authorization: " + token),
                Arguments.of("quoted", "/v2/auth", "Authorization: Bearer \"" + token + "\""),
                Arguments.of("in a list", "/v2/auth", "Authorization: Bearer " + token + ", x"),
                Arguments.of("second", "/v2/auth", "Authorization: Bearer x " + token),
                Arguments.of(
                        "beside another",
                        "/v2/auth",
                        "Authorization: Basic eDp5\r\nAuthorization: Bearer " + token),
                Arguments.of(
                        "a password",
                        "/v2/auth",
                        "Authorization: Basic " + base64("$oauthtoken:" + token)),
                Arguments.of(
                        "a user's password",
                        "/v2/auth",
                        "Authorization: basic " + base64("svc-ci:" + token)),
                Arguments.of(
                        "a user's name", "/v2/auth", "Authorization: Basic " + base64(token + ":")),
                Arguments.of(
                        "a secret as password",
                        "/v2/auth",
                        "Authorization: Basic " + base64("svc-ci:" + SECRET)),
                Arguments.of("in a cookie", "/oauth/authorizeapp", "Cookie: a=b; c=" + token),
                Arguments.of("in the query", "/v2/auth?access_token=" + token, SESSION.strip()),
                Arguments.of("escaped", "/v2/auth?access_token=" + escaped, SESSION.strip()),
                Arguments.of("in the path", "/t/" + token + "/x", SESSION.strip()),
                Arguments.of("in another header", "/v2/auth", "X-Access-Token: " + token),
                Arguments.of("a secret in a cookie", "/v2/auth", "Cookie: a=" + SECRET),
                Arguments.of(
                        "base64 with junk",
                        "/v2/auth",
                        "Authorization: Basic !" + base64("x:" + token)),
                Arguments.of("empty", "/v2/auth", "Authorization:"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void tokensOfOurs(String how, String target, String header) {
        String answer = ask("GET " + target, header + "\r\n");
        assertThat(GatewayBed.status(answer)).as(how + answer).isBetween(400, 401);
        assertThat(bed.quay().received()).as(how).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Basic JG9hdXRodG9rZW46YWJj",
                "Authorization: Bearer opaque0123456789",
                "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJxdWF5In0.c2ln",
                "Cookie: session=.eJw1.ZZ.qpdp_a; other=eyJhIjoxfQ.x.y",
                "X-Registry-Auth: e30="
            })
    void whatIsQuaysOwnIsPassed(String header) {
        String answer = ask("GET /v2/auth?service=quay", header + "\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        assertThat(bed.quay().received().getFirst().headers()).contains(header);
    }

    @Test
    void s18HeadersThatNameAnotherTarget_areTakenAway() {
        List<String> overriding =
                List.of(
                        "X-Original-URI: /api/v1/user/",
                        "X-Original-URL: /api/v1/user/",
                        "X-Rewrite-URL: /api/v1/user/",
                        "X-HTTP-Method-Override: DELETE",
                        "X-HTTP-Method: DELETE",
                        "X-Method-Override: DELETE",
                        "Proxy: http://6.6.6.6",
                        "X-Envoy-Original-Path: /api/v1/user/",
                        "X-Host: 6.6.6.6",
                        "X-Scheme: https",
                        "Front-End-Https: on",
                        "True-Client-IP: 6.6.6.6",
                        "X-Client-IP: 6.6.6.6");
        ask("GET /v2/", String.join("\r\n", overriding) + "\r\nX-Kept: 1\r\n");
        assertThat(bed.quay().received().getFirst().headers())
                .contains("X-Kept: 1")
                .doesNotContainAnyElementsOf(overriding);
    }

    /// Strangers send bodies that never end, as many as are passed at all, and more.
    @Test
    void slowStrangersDoNotHoldUpWhatIsDecided(@TempDir Path other) throws IOException {
        List<Socket> slow = new ArrayList<>();
        try (GatewayBed busy = start(other)) {
            String ours = busy.token();
            for (int i = 0; i < 5; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), busy.port());
                slow.add(socket);
                socket.getOutputStream()
                        .write(
                                "POST /v2/x HTTP/1.1\r\nHost: q\r\nContent-Length: 100000\r\n\r\na"
                                        .getBytes(StandardCharsets.US_ASCII));
            }
            // when one is refused there is no room for more
            Await.until(() -> slow.stream().anyMatch(PassedCallsTest::isAnswered));
            assertThat(ask(busy, "GET /v2/", SESSION)).contains("too_many_calls");
            String answer = busy.line("GET " + GatewayBed.REPOSITORY, ours, "");
            assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
            for (Socket socket : slow) {
                socket.close();
            }
            Await.until(() -> GatewayBed.status(ask(busy, "GET /v2/", SESSION)) == 200);
        }
    }

    private static boolean isAnswered(Socket socket) {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
