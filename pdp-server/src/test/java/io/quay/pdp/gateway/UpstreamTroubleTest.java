package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A Quay that is dead, slow, broken or strange.
final class UpstreamTroubleTest {
    private static final String CREATE =
            "{\"namespace\":\"acme\",\"repository\":\"web\",\"visibility\":\"private\"}";

    @TempDir private static Path directory;
    private static GatewayBed bed;

    @BeforeAll
    static void start() {
        bed =
                GatewayBed.start(
                        directory,
                        "  limits: {answer_timeout: PT1S, connect_timeout: PT1S}\nserver: {trusted_proxies: [127.0.0.1, 10.0.0.0/8]}",
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

    private static void assertFailed(Answer answer, int status, String cause, State state) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("cause").asText()).isEqualTo(cause);
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.json().path("error_message").asText()).isNotEmpty();
        assertThat(bed.endOf(answer.json().path("decision_id").asText()).state()).isEqualTo(state);
    }

    @Test
    void aDeadQuayIs502AndOnRecord(@TempDir Path other) throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        try (GatewayBed dead =
                GatewayBed.start(
                        other,
                        "http://127.0.0.1:" + free,
                        new StubQuay(),
                        "",
                        _ -> new Prepared.Ready(GatewayBed.EXECUTING))) {
            Answer answer = dead.send("POST", "/api/v1/repository", CREATE);
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.json().path("cause").asText()).isEqualTo("quay_unreached");
            assertThat(dead.endOf(answer.json().path("decision_id").asText()).state())
                    .isEqualTo(State.UNREACHED);
        }
    }

    @Test
    void aSlowQuayIs504AndOnRecord() {
        CountDownLatch over = new CountDownLatch(1);
        bed.quay()
                .answers((_, _) -> {
                    await(over);
                    return false;
                });
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                504,
                "quay_timed_out",
                State.TIMED_OUT);
        over.countDown();
        assertThat(bed.quay().received()).hasSize(1);
    }

    @Test
    void aQuayThatClosesIs502AndNotAskedAgainForAChange() {
        bed.quay().answers((_, _) -> false);
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                502,
                "quay_broke_off",
                State.BROKEN);
        assertThat(bed.quay().received()).hasSize(1);
    }

    @Test
    void aQuayThatSendsGarbageIs502AndOnRecord() {
        bed.quay()
                .answers((_, out) -> {
                    out.write("SSH-2.0-OpenSSH\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    return false;
                });
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                502,
                "quay_broke_off",
                State.BROKEN);
    }

    @Test
    void aQuayThatSendsEnormousHeadersIs502() {
        bed.quay()
                .answers((_, out) ->
                        StubQuay.answer(
                                out, "200 OK", "X-A: " + "a".repeat(200_000) + "\r\n", "{}"));
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                502,
                "quay_broke_off",
                State.BROKEN);
    }

    @Test
    void aSwitchOfProtocolsIs502() {
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    return true;
                });
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                502,
                "quay_broke_off",
                State.BROKEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {407, 600, 999})
    void aStatusThatIsNoAnswerIs502AndOnRecord(int status) {
        bed.quay().answers((_, out) -> StubQuay.answer(out, status + " Strange", "", "{}"));
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                502,
                "quay_broke_off",
                State.BROKEN);
    }

    /// 204 has no body, whatever it announces.
    @Test
    void a204ThatAnnouncesABodyIsHandedOnWithoutIt() {
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    return true;
                });
        Answer answer = bed.send("DELETE", GatewayBed.REPOSITORY, null);
        assertThat(answer.status()).as(answer.body()).isEqualTo(204);
        assertThat(answer.header("Content-Length")).isEmpty();
        CallRecord end = bed.endOf(bed.decisions().getFirst().id());
        assertThat(end.state()).isEqualTo(State.ANSWERED);
        assertThat(end.status()).isEqualTo(204);
        bed.quay().forget();
        assertThat(bed.send("GET", GatewayBed.REPOSITORY, null).body()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 100_000})
    void anAnswerThatBreaksOffIsNotHandedOnAsWhole(int announced) {
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{\"half\":"
                                    .formatted(announced)
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    return false;
                });
        assertThatThrownBy(() -> bed.send("GET", GatewayBed.REPOSITORY, null))
                .isInstanceOf(UncheckedIOException.class);
        CallRecord end = bed.endOf(bed.decisions().getFirst().id());
        assertThat(end.state()).isEqualTo(State.BROKEN);
        assertThat(end.status()).isEqualTo(200);
    }

    @Test
    void aSmallAnswerThatBreaksOffAfterItsHeadIs502AndOnRecordWithItsStatus() {
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    return false;
                });
        Answer answer = bed.send("POST", "/api/v1/repository", CREATE);
        assertFailed(answer, 502, "quay_broke_off", State.BROKEN);
        assertThat(bed.endOf(answer.json().path("decision_id").asText()).status()).isEqualTo(201);
        assertThat(bed.quay().received()).hasSize(1);
    }

    /// Around the size up to which an answer is taken in whole.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16_383, 16_384, 16_385, 40_000})
    void anAnswerOfAnySizeComesWhole(int size) {
        String body = "0123456789".repeat(size / 10 + 1).substring(0, size);
        bed.quay().answers((_, out) -> StubQuay.answer(out, "200 OK", "", body));
        for (int i = 0; i < 3; i++) {
            Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(body);
        }
    }

    @Test
    void aSmallAnswerThatDripsIs504AndOnRecord() {
        CountDownLatch over = new CountDownLatch(1);
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    while (over.getCount() > 0) {
                        out.write('x');
                        out.flush();
                        LockSupport.parkNanos(10_000_000);
                    }
                    return false;
                });
        assertFailed(
                bed.send("POST", "/api/v1/repository", CREATE),
                504,
                "quay_timed_out",
                State.TIMED_OUT);
        over.countDown();
    }

    @Test
    void anAnswerWithoutALengthIsHandedOnAsItComes() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    await(over);
                    out.write("4\r\nlast\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    return true;
                });
        HttpRequest request =
                HttpRequest.newBuilder(bed.uri(GatewayBed.REPOSITORY))
                        .header("Authorization", "Bearer " + bed.token())
                        .build();
        try (InputStream in =
                bed.server()
                        .client()
                        .send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body()) {
            assertThat(in.readNBytes(5)).asString().isEqualTo("first");
            over.countDown();
            assertThat(in.readAllBytes()).asString().isEqualTo("last");
        }
    }

    @Test
    void s18ARedirectOfQuay_isNotFollowedAndNotHandedOn() {
        bed.quay()
                .answers((_, out) ->
                        StubQuay.answer(
                                out,
                                "301 Moved",
                                "Location: https://evil.example.com/api/v1/user/\r\n",
                                ""));
        Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null);
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("Location")).isEmpty();
        assertThat(answer.json().path("cause").asText()).isEqualTo("quay_redirects");
        assertThat(bed.quay().received()).hasSize(1);
        CallRecord end = bed.endOf(answer.json().path("decision_id").asText());
        assertThat(end.status()).isEqualTo(301);
    }

    /// A server that thinks a connection unused closes it just when it is used.
    @Test
    void aReadOnAConnectionThatQuayClosedIsAskedAgainOnce() {
        bed.quay()
                .answers((received, out) ->
                        bed.quay().received().size() > 1 && StubQuay.FINE.answer(received, out));
        assertThat(bed.send("GET", GatewayBed.REPOSITORY, null).status()).isEqualTo(200);
        assertThat(bed.quay().received()).hasSize(2);
    }

    /// What stands left of the nearest address that is not trusted, anybody can have written.
    @Test
    void theClientsAddressIsWhatTheNearestTrustedProxySays() {
        bed.line(
                "GET " + GatewayBed.REPOSITORY,
                bed.token(),
                "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-For: 10.0.0.9\r\n");
        assertThat(bed.quay().received().getFirst().header("X-Forwarded-For"))
                .isEqualTo("192.0.2.7");
    }

    @Test
    void aNonsensicalAddressIsNotTakenForTheClients() {
        bed.line(
                "GET " + GatewayBed.REPOSITORY,
                bed.token(),
                "X-Forwarded-For: 6.6.6.6, unknown\r\n");
        assertThat(bed.quay().received().getFirst().header("X-Forwarded-For"))
                .isEqualTo("127.0.0.1");
    }

    /// Far more than is kept in memory: the client reads nothing until Quay is stopped by it.
    @Test
    void aLargeAnswerIsStreamedNoFasterThanItIsRead() throws Exception {
        long size = 256L << 20;
        AtomicLong written = new AtomicLong();
        bed.quay()
                .answers((_, out) -> {
                    out.write(
                            ("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    fill(out, size, written);
                    return true;
                });
        HttpRequest request =
                HttpRequest.newBuilder(bed.uri(GatewayBed.REPOSITORY))
                        .header("Authorization", "Bearer " + bed.token())
                        .build();
        HttpResponse<InputStream> answer =
                bed.server().client().send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            long read = in.readNBytes(1 << 20).length;
            assertThat(written.get()).isLessThan(64L << 20);
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                read += n;
            }
            assertThat(read).isEqualTo(size);
        }
    }

    private static void fill(OutputStream out, long size, AtomicLong written) throws IOException {
        byte[] block = new byte[1 << 16];
        while (written.get() < size) {
            out.write(block);
            written.addAndGet(block.length);
        }
        out.flush();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
