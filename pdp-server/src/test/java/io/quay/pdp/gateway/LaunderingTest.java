package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.CallRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// S18: credentials that are none of ours reach Quay untouched, and nothing else does under their
/// name.
final class LaunderingTest {
    private static final String FOREIGN = "https://sso.example.com/realms/people";

    @TempDir private static Path directory;
    private static GatewayBed bed;

    @BeforeAll
    static void start() {
        bed =
                GatewayBed.start(
                        directory,
                        "  foreign_credentials: pass\n  other_paths: pass\n  foreign_issuers: ["
                                + FOREIGN
                                + ", http://127.0.0.1:1/quay]",
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

    private static String encoded(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String jwt(String claims) {
        return encoded("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + encoded(claims) + ".c2ln";
    }

    private static String foreign() {
        return jwt("{\"iss\":\"" + FOREIGN + "\",\"sub\":\"ann\"}");
    }

    private static String ourIssuer() {
        return "http://127.0.0.1:" + bed.server().server().port();
    }

    private static String ask(String target, String headers) {
        return bed.raw(
                "GET "
                        + target
                        + " HTTP/1.1\r\nHost: quay.example.com\r\nConnection: close\r\n"
                        + headers
                        + "\r\n");
    }

    static Stream<Arguments> passed() {
        return Stream.of(
                Arguments.of("session", "Cookie: session=abc\r\nX-CSRF-Token: t\r\n"),
                Arguments.of(
                        "opaque",
                        "Authorization: Bearer AbCdEf0123456789AbCdEf0123456789AbCdEf01\r\n"),
                Arguments.of(FOREIGN, "Authorization: Bearer " + foreign() + "\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("passed")
    void s18WhatIsForeign_isPassedAndRecorded(String kind, String headers) {
        bed.quay()
                .answers((_, out) ->
                        StubQuay.answer(out, "200 OK", "Set-Cookie: session=2\r\n", "{}"));
        String answer =
                ask("/api/v1/repository/acme%2Fapp?x=1", headers + "X-PDP-Account: svc-root\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        assertThat(answer).contains("Set-Cookie: session=2");
        StubQuay.Received received = bed.quay().received().getFirst();
        assertThat(received.line()).isEqualTo("GET /api/v1/repository/acme%2Fapp?x=1 HTTP/1.1");
        assertThat(String.join("\r\n", received.headers()))
                .contains(headers.strip())
                .doesNotContain("svc-root", GatewayBed.EXECUTING);
        assertThat(bed.calls().getLast())
                .satisfies(call -> {
                    assertThat(call.state()).isEqualTo(CallRecord.State.PASSED);
                    assertThat(call.credential()).isEqualTo(kind);
                    assertThat(call.decisionId()).isNull();
                    assertThat(call.method()).isEqualTo("GET");
                    assertThat(call.action()).isEqualTo("getRepo");
                });
    }

    static Stream<Arguments> neverPassed() {
        return Stream.of(
                Arguments.of("nothing", ""),
                Arguments.of(
                        "a token of ours for Quay",
                        "Bearer " + jwt("{\"iss\":\"" + ourIssuer() + "/quay\"}")),
                Arguments.of(
                        "a forged token of ours",
                        "Bearer " + jwt("{\"iss\":\"" + ourIssuer() + "\"}")),
                Arguments.of(
                        "ours with a slash", "Bearer " + jwt("{\"iss\":\"" + ourIssuer() + "/\"}")),
                Arguments.of(
                        "ours in capitals",
                        "Bearer "
                                + jwt("{\"iss\":\"" + ourIssuer().replace("http", "HTTP") + "\"}")),
                Arguments.of(
                        "a workload's",
                        "Bearer " + jwt("{\"iss\":\"" + bed.issuer().iss() + "/\"}")),
                Arguments.of(
                        "an unknown issuer's",
                        "Bearer " + jwt("{\"iss\":\"https://other.example.com\"}")),
                Arguments.of("nobody's", "Bearer " + jwt("{\"sub\":\"ann\"}")),
                Arguments.of(
                        "two issuers'",
                        "Bearer "
                                + jwt(
                                        "{\"iss\":\""
                                                + ourIssuer()
                                                + "\",\"iss\":\""
                                                + FOREIGN
                                                + "\"}")),
                Arguments.of(
                        "a list of issuers'", "Bearer " + jwt("{\"iss\":[\"" + FOREIGN + "\"]}")),
                Arguments.of("encrypted", "Bearer " + foreign() + ".x.y"),
                Arguments.of(
                        "no header", "Bearer x." + encoded("{\"iss\":\"" + FOREIGN + "\"}") + ".y"),
                Arguments.of("a client secret", "Bearer qpdp_" + "a".repeat(49)),
                Arguments.of("a password", "Basic YW5uOnNlY3JldA=="),
                Arguments.of("two spaces", "Bearer  AbCdEf0123456789"),
                Arguments.of("a second token", "Bearer AbCdEf0123456789 AbCd"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("neverPassed")
    void s18WhatIsNotCertainlyForeign_isNotPassed(String what, String authorization) {
        String header = authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n";
        for (String cookie : new String[] {"", "Cookie: session=abc\r\n"}) {
            if (!(header + cookie).startsWith("Cookie")) {
                String answer = ask(GatewayBed.REPOSITORY, header + cookie);
                assertThat(GatewayBed.status(answer)).as(what + answer).isBetween(400, 401);
            }
        }
        assertThat(bed.quay().received()).as(what).isEmpty();
    }

    /// Also where it is called a foreign issuer in the configuration.
    @Test
    void s18ATokenOfOursForQuay_isNamedAsWhatItIs() {
        String token = jwt("{\"iss\":\"" + ourIssuer() + "/quay\"}");
        String answer = ask(GatewayBed.REPOSITORY, "Authorization: Bearer " + token + "\r\n");
        assertThat(GatewayBed.status(answer)).isEqualTo(401);
        assertThat(GatewayBed.json(answer).path("error_message").asText())
                .contains("this token of ours is not for the gateway");
    }

    static Stream<String> passedWithMore() {
        String ours = jwt("{\"iss\":\"" + ourIssuer() + "\"}");
        return Stream.of(
                "Authorization: Bearer AbCdEf0123456789\r\nAuthorization: Bearer other",
                "Authorization: Bearer AbCdEf0123456789\r\nAuthorization: Bearer AbCdEf0123456789",
                "Authorization: Bearer AbCdEf0123456789\r\nAuthorization: Basic eDp5",
                "Authorization: Bearer AbCdEf0123456789\r\nCookie: a=" + ours,
                "Authorization: Bearer " + foreign() + "\r\nX-Access-Token: " + ours,
                "Cookie: session=" + ours,
                "Cookie:",
                "Cookie: ",
                "Authorization:\r\nCookie: session=abc");
    }

    @ParameterizedTest
    @MethodSource("passedWithMore")
    void s18WhatIsForeignOnlyInPart_isNotPassed(String headers) {
        String answer = ask(GatewayBed.REPOSITORY, headers + "\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(401);
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void s18ASessionBesideATokenOfOurs_isTakenAway() {
        Answer answer =
                bed.send(
                        "GET",
                        GatewayBed.REPOSITORY,
                        null,
                        request ->
                                request.header("Authorization", "Bearer " + bed.token())
                                        .header("Cookie", "session=abc"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(bed.quay().received().getFirst().header("Cookie")).isEmpty();
        assertThat(bed.quay().received().getFirst().header("Authorization"))
                .isEqualTo(GatewayBed.EXECUTING);
    }

    @Test
    void s18ATokenOfOursElsewhereThanAtTheManagementApi_isRefused() {
        String answer =
                ask("/v2/acme/app/manifests/1", "Authorization: Bearer " + bed.token() + "\r\n");
        assertThat(GatewayBed.status(answer)).isEqualTo(401);
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void otherPathsArePassedWithTheirBodies() {
        String answer =
                bed.raw(
                        "PATCH /v2/acme/app/blobs/uploads/1?_state=a%2Fb HTTP/1.1\r\nHost: quay.example.com\r\nConnection: close\r\nAuthorization: Basic eDp5\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        StubQuay.Received received = bed.quay().received().getFirst();
        assertThat(received.line())
                .isEqualTo("PATCH /v2/acme/app/blobs/uploads/1?_state=a%2Fb HTTP/1.1");
        assertThat(received.text()).isEqualTo("hello");
        assertThat(received.header("Authorization")).isEqualTo("Basic eDp5");
        assertThat(received.header("Host")).isEqualTo("quay.example.com");
        assertThat(received.header("X-Forwarded-For")).isEqualTo("127.0.0.1");
    }

    /// A session is passed only to what is decided otherwise; a path that Quay could read as the
    /// API's is never another.
    @ParameterizedTest
    @MethodSource
    void isNeverAnotherPath(String target) {
        assertThat(ApiPaths.isApi(target)).isTrue();
    }

    static Stream<String> isNeverAnotherPath() {
        return Stream.of(
                "/api/v1",
                "/api/v1/user/",
                "/api/v1?x=1",
                "//api/v1/user/",
                "/api//v1/user/",
                "/%61pi/v1/user/",
                "/api%2fv1/user/",
                "/api%252fv1/user/",
                "/%2561pi/v1/",
                "/api/v1%2fuser",
                "/api/v1;x/user",
                "/api;x/v1/user",
                "/x/../api/v1/user",
                "/x/%2e%2e/api/v1/user",
                "/x/..;y/api/v1/user",
                "/./api/v1",
                "/api/./v1/user",
                "/\\api/v1/user",
                "/api\\v1\\user",
                "/API/V1/user",
                "/%09api/v1/user",
                "/api/v1/../v1/user",
                "/api/v1/../../v2/");
    }

    @ParameterizedTest
    @MethodSource
    void isAnotherPath(String target) {
        assertThat(ApiPaths.isApi(target)).isFalse();
    }

    static Stream<String> isAnotherPath() {
        return Stream.of(
                "/",
                "/v2/",
                "/v1/repositories/x",
                "/api/suconfig",
                "/api/v10/x",
                "/api",
                "/repository/api/v1",
                "/v2/api/v1/manifests/latest",
                "/?next=/api/v1/user/");
    }
}
