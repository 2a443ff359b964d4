package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests whose end two servers could see in different places, or that are made to hold a server
/// up.
final class SmugglingTest {
    private static final String BODY =
            "{\"namespace\":\"acme\",\"repository\":\"web\",\"visibility\":\"private\"}";
    private static final String SECOND =
            "DELETE /api/v1/repository/acme/app HTTP/1.1\r\nHost: q\r\n\r\n";

    @TempDir private static Path directory;
    private static GatewayBed bed;
    private static String token;

    @BeforeAll
    static void start() {
        bed =
                GatewayBed.start(
                        directory,
                        "  limits: {body_timeout: PT1S, header_timeout: PT1S, idle_timeout: PT5S, max_headers: 16384, max_connections: 3000}",
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

    private static String post(String headers, String body) {
        return "POST /api/v1/repository HTTP/1.1\r\nHost: q\r\nAuthorization: Bearer "
                + token
                + "\r\nContent-Type: application/json\r\n"
                + headers
                + "\r\n"
                + body;
    }

    private static String get(String headers) {
        return "GET "
                + GatewayBed.REPOSITORY
                + " HTTP/1.1\r\nHost: q\r\nAuthorization: Bearer "
                + token
                + "\r\n"
                + headers
                + "\r\n";
    }

    private static Arguments of(String name, String request) {
        return Arguments.of(name, request);
    }

    static Stream<Arguments> refused() {
        token = bed.token();
        int length = BODY.length();
        String cl = "Content-Length: " + length + "\r\n";
        String te = "Transfer-Encoding: chunked\r\n";
        String chunked = Integer.toHexString(length) + "\r\n" + BODY + "\r\n0\r\n\r\n";
        return Stream.of(
                of("length and chunked", post(cl + te, chunked + SECOND)),
                of("chunked and length", post(te + cl, chunked + SECOND)),
                of("two lengths", post(cl + "Content-Length: 0\r\n", BODY + SECOND)),
                of("two equal lengths", post(cl + cl, BODY + SECOND)),
                of("a list of lengths", post("Content-Length: 5, 5\r\n", BODY)),
                of("a negative length", post("Content-Length: -1\r\n", BODY)),
                of("a length with a sign", post("Content-Length: +" + length + "\r\n", BODY)),
                of("a length in hex", post("Content-Length: 0x40\r\n", BODY)),
                of("an enormous length", post("Content-Length: 99999999999999999999\r\n", BODY)),
                of("a folded header", post("X-A: b\r\n c\r\n" + cl, BODY)),
                of("a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", chunked)),
                of("a space before the colon", post("Transfer-Encoding : chunked\r\n", chunked)),
                of("an unknown coding", post("Transfer-Encoding: xchunked\r\n", chunked)),
                of("a coding twice", post(te + te, chunked)),
                of(
                        "a coding in HTTP/1.0",
                        post("Connection: keep-alive\r\n" + te, chunked)
                                .replace("HTTP/1.1", "HTTP/1.0")),
                of("codings in a list", post("Transfer-Encoding: gzip, chunked\r\n", chunked)),
                of("identity after all", post("Transfer-Encoding: chunked, identity\r\n", chunked)),
                of("a quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", chunked)),
                of(
                        "a coding behind a vertical tab",
                        post("Transfer-Encoding: \u000bchunked\r\n", chunked)),
                of("a coding behind a null", post("Transfer-Encoding: \u0000chunked\r\n", chunked)),
                of("a header name with a null", post("X\u0000A: b\r\n" + cl, BODY)),
                of("a value with a carriage return", post("X-A: b\rc\r\n" + cl, BODY)),
                of("a header without a colon", post("Nonsense\r\n" + cl, BODY)),
                of("bare line feeds", get("X-A: b\n").replace("\r\n", "\n")),
                of("one bare line feed", get("X-A: b\nX-B: c\r\n")),
                of("a chunk ended by a bare line feed", post(te, chunked.replace("\r\n", "\n"))),
                of("a chunk size with a sign", post(te, "+" + chunked)),
                of("a chunk size in words", post(te, "0x" + chunked)),
                of("an enormous chunk size", post(te, "FFFFFFFFFFFFFFFFF\r\n" + BODY)),
                of("no host", "GET / HTTP/1.1\r\n\r\n"),
                of("two hosts", get("Host: other\r\n")),
                of("a version of its own", get("").replace("HTTP/1.1", "HTTP/1.9")),
                of("no version", "GET " + GatewayBed.REPOSITORY + "\r\n\r\n"),
                of("prior knowledge of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                of("garbage", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n"),
                of("an upgrade", get("Connection: Upgrade\r\nUpgrade: websocket\r\n")),
                of("an expectation", post("Expect: 100-continue\r\n" + cl, BODY)),
                of("an unknown expectation", post("Expect: tea\r\n" + cl, BODY)),
                of("a dropped credential", get("Connection: close, Authorization\r\n")),
                of("two credentials", get("Authorization: Bearer other\r\n")),
                of("two credentials in a list", get("").replace("\r\n\r\n", ", Bearer x\r\n\r\n")),
                of("a header of 64 KiB", get("X-A: " + "a".repeat(65_536) + "\r\n")),
                of("a thousand headers", get("X-Anything-At-All: 1\r\n".repeat(1_000))),
                of("a request line of 64 KiB", get("").replace("/acme/", "/" + "a".repeat(65_536))),
                of("a body of more than 1 MiB", post("Content-Length: 1048577\r\n", "{")),
                of(
                        "chunks of more than 1 MiB",
                        post(te, "100001\r\n" + "x".repeat(0x100001) + "\r\n0\r\n\r\n")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refused(String name, String request) {
        String answer = bed.raw(request);
        assertThat(bed.quay().received()).as(name).isEmpty();
        // where the parser cannot tell what it was, it may close without a word
        assertThat(answer.isEmpty() ? 400 : GatewayBed.status(answer))
                .as(answer)
                .isBetween(400, 505);
        assertThat(answer.split("HTTP/1.1 ", -1)).as("one answer at most").hasSizeLessThan(3);
    }

    @ParameterizedTest
    @CsvSource({"HTTP/1.1, 400", "HTTP/1.2, 505", "HTTP/9.9, 505"})
    void whatTheParserRefusesLeavesItsTraces(String version, int status) {
        String series = "verdict=\"refused\",status=\"" + status / 100 + "xx\"";
        long before = counted(series);
        String answer = bed.raw("GET / " + version + "\r\nHost: q\r\nBad Header: x\r\n\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(status);
        assertThat(GatewayBed.json(answer).path("cause").asText()).isEqualTo("malformed");
        assertThat(answer)
                .contains("X-Request-ID: " + GatewayBed.json(answer).path("request_id").asText());
        assertThat(counted(series)).isEqualTo(before + 1);
    }

    private static long counted(String series) {
        return bed.server()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("pdp_gateway_requests_total{" + series + "}"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /// A byte now and then keeps any connection from being idle.
    @Test
    void headersThatDripAreGivenUp() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), bed.port())) {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            while (!closedAfter(socket, 100)) {
                assertThat(System.nanoTime()).as("still open").isLessThan(until);
                socket.getOutputStream().write('a');
            }
        } catch (SocketException _) {
            // reset: closed as well
        }
    }

    @Test
    void aConnectionThatIsOnlyIdleIsKept() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), bed.port())) {
            assertThat(closedAfter(socket, 1_500)).isFalse();
            for (int i = 0; i < 2; i++) {
                socket.getOutputStream().write(get("").getBytes(StandardCharsets.US_ASCII));
                socket.setSoTimeout(5_000);
                assertThat(
                                new String(
                                        socket.getInputStream().readNBytes(12),
                                        StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200");
                while (!closedAfter(socket, 1_500)) {
                    if (socket.getInputStream().available() == 0) {
                        break;
                    }
                }
            }
        }
    }

    /// Reads for so long; whether the other side closed.
    private static boolean closedAfter(Socket socket, int millis) throws IOException {
        try {
            socket.setSoTimeout(millis);
            return socket.getInputStream().read(new byte[4_096]) < 0;
        } catch (SocketTimeoutException _) {
            return false;
        }
    }

    /// The client offers HTTP/2 beside HTTP/1.1; not taking it up is answer enough.
    @Test
    void anOfferOfHttp2IsNotTakenUp() {
        String answer =
                bed.raw(
                        get(
                                "Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"));
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        assertThat(bed.quay().received().getFirst().headers())
                .noneMatch(header -> header.contains("pgrade") || header.contains("HTTP2"));
    }

    @Test
    void requestsInOneGoAreDecidedOneByOne() {
        String forbidden = get("").replace("/acme/app", "/acme/secret");
        String answers = bed.raw(get("") + forbidden + get("Connection: close\r\n"));
        assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(4);
        assertThat(answers).contains("HTTP/1.1 403");
        assertThat(bed.quay().received()).hasSize(2);
    }

    @Test
    void aBodyThatDoesNotComeIsGivenUp() {
        String answer = bed.raw(post("Content-Length: 100\r\n", "{\"namespace\":"));
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(408);
        assertThat(bed.quay().received()).isEmpty();
    }

    /// Nothing is kept in memory for a stranger: the answer comes before the body.
    @Test
    void noBodyIsReadForARequestWithoutAToken() {
        String answer =
                bed.raw(
                        "POST /api/v1/repository HTTP/1.1\r\nHost: q\r\nContent-Length: 1000000\r\n\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(401);
    }

    @Test
    void idleConnectionsDoNotKeepOthersOut() throws IOException {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 1_500; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), bed.port());
                idle.add(socket);
                if (i % 2 == 0) {
                    OutputStream out = socket.getOutputStream();
                    out.write("GET /api/v1/us".getBytes(StandardCharsets.US_ASCII));
                }
            }
            assertThat(GatewayBed.status(bed.raw(get("Connection: close\r\n")))).isEqualTo(200);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }
}
