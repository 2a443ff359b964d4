package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Request lines that Quay and a decision point could read in two ways, through a gateway whose
/// policies allow everything: what is not decided as itself never arrives.
final class AttackStringsTest {
    private static final String R = "/api/v1/repository";

    @TempDir private static Path directory;
    private static GatewayBed bed;
    private static String token;

    @BeforeAll
    static void start() {
        bed =
                GatewayBed.start(
                        directory,
                        "  other_paths: pass",
                        _ -> new Prepared.Ready(GatewayBed.EXECUTING));
        token = bed.token();
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void forget() {
        bed.quay().forget();
    }

    static Stream<String> neverArrives() {
        return Stream.of(
                "TRACE " + R + "/acme/app",
                "PATCH " + R + "/acme/app",
                "PROPFIND " + R + "/acme/app",
                "OPTIONS " + R + "/acme/app",
                "GET " + R + "/acme/app/",
                "GET " + R + "/acme//app",
                "GET /" + R + "/acme/app",
                "GET //quay.example.com" + R + "/acme/app",
                "GET /api//v1/repository/acme/app",
                "GET /%61pi/v1/repository/acme/app",
                "GET /api%2Fv1/repository/acme/app",
                "GET /api/%2576%2531/repository/acme/app",
                "GET /x/../api/v1/repository/acme/app",
                "GET /x/%2e%2e/api/v1/repository/acme/app",
                "GET /api;x=1/v1/repository/acme/app",
                "GET \\api\\v1\\repository\\acme\\app",
                "GET /%09api/v1/repository/acme/app",
                "DELETE " + R + "/acme%2Fapp%2Ftag%2Flatest",
                "GET /api/v1/organization/acme%2Frobots%2Fci",
                "DELETE /api/v1/organization/acme%2Frobots%2Fci",
                "GET " + R + "/%61cme/app",
                "GET " + R + "/acme/../other/app",
                "DELETE " + R + "/acme/app/../../other/app",
                "GET " + R + "/acme/./app",
                "GET " + R + "/acme/app;x=1",
                "GET /api/v1;x=/repository/acme/app",
                "GET " + R + "/acme\\app",
                "GET " + R + "/acme%5Capp",
                "GET " + R + "/acme/app%20",
                "GET " + R + "/acme/app+",
                "GET " + R + "/acme/app%09",
                "GET " + R + "/acme/app%3Fpublic=true",
                "GET " + R + "/acme/app%23x",
                "GET " + R + "/acme/app#x",
                "GET " + R + "/acme/app%00",
                "GET " + R + "/acme/app%0d%0aX-Evil:1",
                "GET " + R + "/%C3%A1cme/app",
                "GET " + R + "/\u00c3\u00a1cme/app",
                "DELETE " + R + "/acme/%D0%B0pp",
                "GET " + R + "/ac%E2%80%A4me/app",
                "GET " + R + "/%E2%84%96/app",
                "GET " + R + "/%E2%85%B7/app",
                "GET " + R + "/acme/a%CC%81pp",
                "GET /API/v1/repository/acme/app",
                "GET /api/V1/repository/acme/app",
                "GET /api/v1/Repository/acme/app",
                "GET " + R + "/Acme/App",
                "GET " + R + "/acme/app/tag/latest",
                "PUT " + R + "/acme/app/changevisibility",
                "DELETE " + R + "/acme/app/build",
                "DELETE " + R + "/acme/app/permissions",
                "DELETE " + R + "/acme/app/changevisibility",
                "GET " + R + "/acme/app/manifest/latest",
                "DELETE " + R + "/acme/app/tag/a/tag/b",
                "DELETE " + R + "/mirror/health",
                "GET " + R + "/acme/app/build",
                "POST " + R,
                "GET http://quay.example.com" + R + "/acme/app",
                "GET *",
                "OPTIONS *",
                "CONNECT quay.example.com:443",
                "GET " + R + "/acme/\tapp",
                "GET " + R + "/acme/ app",
                "GET " + R + "/acme/app%",
                "GET " + R + "/acme/app%2",
                "GET " + R + "/acme/app%u0041",
                "GET " + R + "/acme%252Fapp",
                "GET " + R + "/acme/" + "a".repeat(256),
                "GET " + R + "/acme/" + "a/".repeat(1_100) + "b",
                "GET " + R + "/a/b/c/d/e/f/g/h/i/j/k/l",
                "GET " + R + "?namespace=acme&namespace=other",
                "GET " + R + "?namespace=acme%",
                "GET " + R + "?namespace=%C3%28");
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource
    void neverArrives(String line) {
        String answer = bed.line(line, token, "");
        assertThat(GatewayBed.status(answer)).as(line + "\n" + answer).isBetween(400, 499);
        assertThat(bed.quay().received()).as(line).isEmpty();
    }

    /// A body with another meaning for another reader.
    @ParameterizedTest
    @MethodSource
    void bodyThatNeverArrives(String body) {
        String answer =
                bed.line(
                        "POST " + R,
                        token,
                        "Content-Type: application/json\r\nContent-Length: "
                                + body.getBytes(StandardCharsets.ISO_8859_1).length
                                + "\r\n\r\n"
                                + body);
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(400);
        assertThat(bed.quay().received()).isEmpty();
    }

    static Stream<String> bodyThatNeverArrives() {
        return Stream.of(
                "{\"namespace\":\"acme\",\"namespace\":\"other\",\"repository\":\"x\",\"visibility\":\"private\"}",
                "{\"repository\":\"x\",\"visibility\":\"private\",\"description\":\"\"}",
                "\u00ef\u00bb\u00bf{\"namespace\":\"acme\",\"repository\":\"x\"}",
                "{\"namespace\":\"acme\",\"repository\":\"x\"} {}",
                "{\"namespace\":\"acme\",\"repository\":\"x\",}",
                "{'namespace':'acme','repository':'x'}",
                "namespace=acme&repository=x",
                "{\"namespace\":\"\u00ff\",\"repository\":\"x\"}",
                "[".repeat(100) + "]".repeat(100));
    }

    @Test
    void aCompressedBodyNeverArrives() {
        String answer =
                bed.line(
                        "POST " + R,
                        token,
                        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000");
        assertThat(GatewayBed.status(answer)).isEqualTo(400);
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void aBodyOfAReadingCallNeverArrives() {
        String answer = bed.line("GET " + R + "/acme/app", token, "Content-Length: 2\r\n\r\n{}");
        assertThat(GatewayBed.status(answer)).isEqualTo(400);
        assertThat(bed.quay().received()).isEmpty();
    }

    /// What is decided arrives in the one spelling that was decided.
    @Test
    void theMethodOfAnOverrideIsNeverTaken() {
        bed.line(
                "POST " + R + "/acme/app/changevisibility",
                token,
                "X-HTTP-Method-Override: DELETE\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n{\"visibility\":\"public\"}");
        assertThat(bed.quay().received())
                .extracting(StubQuay.Received::line)
                .containsExactly("POST " + R + "/acme/app/changevisibility HTTP/1.1");
    }
}
