package io.quay.pdp.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// S15, S20: what is refused although the policies allow it, and what changes between decision and
/// act.
final class BetweenDecisionAndActTest {
    @TempDir private static Path directory;
    private static GatewayBed bed;
    private static final AtomicReference<Execution> EXECUTION = new AtomicReference<>();

    @BeforeAll
    static void start() {
        bed = GatewayBed.start(directory, "", call -> EXECUTION.get().prepare(call));
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void forget() {
        bed.quay().forget();
        EXECUTION.set(_ -> new Prepared.Ready(GatewayBed.EXECUTING));
    }

    private static Answer get() {
        return bed.send("GET", GatewayBed.REPOSITORY, null);
    }

    @ParameterizedTest(name = "S15 {0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    PUT    | /api/v1/user/                    | {"username": "svc-unused"}
                    POST   | /api/v1/user/convert             | {"adminUser": "x", "adminPassword": "y"}
                    DELETE | /api/v1/user/                    |
                    POST   | /api/v1/signout                  |
                    POST   | /api/v1/detachexternal/pdp       |
                    POST   | /api/v1/bootstrap/renew          |
                    """)
    void s15AnOperationOnTheCallingUserItselfNeverArrives(
            String method, String target, @org.jspecify.annotations.Nullable String body) {
        Answer answer = bed.send(method, target, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.json().path("cause").asText()).isEqualTo("not_executable");
        assertThat(bed.quay().received()).isEmpty();
        DecisionRecord record = bed.decisions().getFirst();
        assertThat(record.allowed()).isFalse();
        assertThat(record.cause()).isEqualTo("not_executable");
    }

    /// Else the organization that is out of reach could be reached as a further object.
    @Test
    void s16TheExecutionKnowsEveryObjectOfACall() {
        AtomicReference<AllowedCall> prepared = new AtomicReference<>();
        EXECUTION.set(call -> {
            prepared.set(call);
            return new Prepared.Ready(GatewayBed.EXECUTING);
        });
        get();
        assertThat(prepared.get().further()).isEmpty();
        bed.send(
                "POST",
                "/api/v1/organization/",
                "{\"name\": \"fresh\", \"email\": \"f@example.com\"}");
        assertThat(prepared.get().further()).contains(EntityRef.organization("fresh"));
    }

    @Test
    void aRefusalOfTheExecutionIsTheDecisionOnRecord() {
        EXECUTION.set(_ -> new Prepared.Refused(Cause.IDENTITY_MISMATCH, "another user"));
        Answer answer = get();
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("cause").asText()).isEqualTo("identity_mismatch");
        assertThat(bed.decisions().getFirst())
                .satisfies(record -> {
                    assertThat(record.allowed()).isFalse();
                    assertThat(record.cause()).isEqualTo("identity_mismatch");
                });
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void anExecutionWithoutQuayIs503AndOnRecord() {
        EXECUTION.set(_ -> new Prepared.Unavailable("Quay does not answer"));
        Answer answer = get();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
        assertThat(bed.decisions().getFirst().cause()).isEqualTo("quay_unavailable");
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void anExecutionThatFailsIsARefusal() {
        EXECUTION.set(_ -> {
            throw new IllegalStateException("bug");
        });
        assertThat(get().status()).isEqualTo(503);
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void s20ATokenThatIsRevokedBetweenDecisionAndActDoesNotArrive(@TempDir Path other) {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        try (GatewayBed revoking =
                GatewayBed.start(
                        other,
                        "",
                        _ -> {
                            meanwhile.get().run();
                            return new Prepared.Ready(GatewayBed.EXECUTING);
                        })) {
            meanwhile.set(() -> revokeAll(revoking));
            Answer answer = revoking.send("GET", GatewayBed.REPOSITORY, null);
            assertThat(answer.status()).as(answer.body()).isEqualTo(401);
            assertThat(answer.json().path("cause").asText()).isEqualTo("token_revoked");
            assertThat(revoking.quay().received()).isEmpty();
            List<DecisionRecord> records = revoking.decisions();
            assertThat(records.get(0).cause()).isEqualTo("token_revoked");
            assertThat(records.get(1).allowed()).isTrue();
            CallRecord end = revoking.endOf(records.get(1).id());
            assertThat(end.state()).isEqualTo(State.WITHDRAWN);
            assertThat(end.status()).isNull();
        }
    }

    /// Whoever waits for a connection does so before the last look.
    @Test
    void s20ATokenThatIsRevokedWhileItsCallWaitsForAConnectionDoesNotArrive(@TempDir Path other)
            throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (GatewayBed busy =
                GatewayBed.start(
                        other,
                        "  limits: {max_upstream_connections: 1}",
                        _ -> new Prepared.Ready(GatewayBed.EXECUTING))) {
            busy.quay()
                    .answers((received, out) -> {
                        awaited(over);
                        return StubQuay.FINE.answer(received, out);
                    });
            String token = busy.token();
            var first = CompletableFuture.supplyAsync(() -> call(busy, "GET", token));
            Await.until(() -> busy.quay().received().size() == 1);
            var second = CompletableFuture.supplyAsync(() -> call(busy, "DELETE", token));
            Await.until(() -> busy.decisions().size() == 2);
            revokeAll(busy);
            over.countDown();
            assertThat(first.get().status()).isEqualTo(200);
            assertThat(second.get().status()).isEqualTo(401);
            assertThat(second.get().json().path("cause").asText()).isEqualTo("token_revoked");
            assertThat(busy.quay().received()).hasSize(1);
            assertThat(busy.endOf(busy.decisions().get(1).id()).state()).isEqualTo(State.WITHDRAWN);
        }
    }

    @Test
    void s20ACallThatFindsNoConnectionInTimeIsNotSentLater(@TempDir Path other) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (GatewayBed busy =
                GatewayBed.start(
                        other,
                        "  limits: {max_upstream_connections: 1, answer_timeout: PT2S}",
                        _ -> new Prepared.Ready(GatewayBed.EXECUTING))) {
            busy.quay()
                    .answers((_, out) -> {
                        // a body that never ends, and never pauses for long
                        out.write(
                                "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n".getBytes(UTF_8));
                        while (!isOver(over)) {
                            out.write('x');
                            out.flush();
                        }
                        return false;
                    });
            String token = busy.token();
            var first =
                    CompletableFuture.supplyAsync(
                            () -> busy.line("GET " + GatewayBed.REPOSITORY, token, ""));
            Await.until(() -> busy.quay().received().size() == 1);
            Answer second = call(busy, "DELETE", token);
            assertThat(second.status()).isEqualTo(503);
            assertThat(second.json().path("cause").asText()).isEqualTo("too_many_calls");
            assertThat(busy.endOf(second.json().path("decision_id").asText()).state())
                    .isEqualTo(State.WITHDRAWN);
            over.countDown();
            first.get();
            assertThat(busy.quay().received()).hasSize(1);
        }
    }

    @Test
    void aCallBeyondThePlacesOfItsAccount_isRefusedAtOnce(@TempDir Path other) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (GatewayBed busy =
                GatewayBed.start(
                        other,
                        "  limits: {max_account_calls: 1}",
                        _ -> new Prepared.Ready(GatewayBed.EXECUTING))) {
            busy.quay()
                    .answers((received, out) -> {
                        awaited(over);
                        return StubQuay.FINE.answer(received, out);
                    });
            String token = busy.token();
            var first = CompletableFuture.supplyAsync(() -> call(busy, "GET", token));
            Await.until(() -> busy.quay().received().size() == 1);

            Answer second = call(busy, "DELETE", token);

            assertThat(second.status()).isEqualTo(503);
            assertThat(second.json().path("cause").asText()).isEqualTo("too_many_calls");
            assertThat(busy.decisions()).hasSize(1);
            over.countDown();
            assertThat(first.get().status()).isEqualTo(200);
            Await.until(() -> call(busy, "GET", token).status() == 200);
        }
    }

    private static Answer call(GatewayBed of, String method, String token) {
        return of.send(
                method,
                GatewayBed.REPOSITORY,
                null,
                request -> request.header("Authorization", "Bearer " + token));
    }

    private static boolean isOver(CountDownLatch latch) {
        try {
            return latch.await(500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void s20APolicyThatChangesBetweenDecisionAndActDecidesAnew() throws IOException {
        Path forbid = directory.resolve("policies/access/late.cedar");
        EXECUTION.set(_ -> {
            write(forbid);
            Await.until(() -> !bed.server().get("/metrics").body().contains(version()));
            return new Prepared.Ready(GatewayBed.EXECUTING);
        });
        Answer answer = get();
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.json().path("cause").asText()).isEqualTo("forbidden");
        assertThat(bed.quay().received()).isEmpty();
        assertThat(bed.endOf(bed.decisions().get(1).id()).state()).isEqualTo(State.WITHDRAWN);
        String changed = bed.decisions().getFirst().policyVersion();
        Files.delete(forbid);
        Await.until(() -> !bed.server().get("/metrics").body().contains(changed));
    }

    private static String version() {
        return bed.decisions().getFirst().policyVersion();
    }

    private static void write(Path forbid) {
        try {
            Files.writeString(
                    forbid,
                    "@id(\"late\") forbid (principal, action, resource == Quay::Repository::\"acme/app\");\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void revokeAll(GatewayBed of) {
        TestServer.Answer answer =
                of.server()
                        .send(
                                HttpRequest.newBuilder(of.server().uri("/v1/revocations"))
                                        .header("Authorization", "Bearer " + of.bootstrapToken())
                                        .header("Content-Type", "application/json")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "{\"account\": \"svc-terraform\"}")));
        if (answer.status() >= 300) {
            throw new AssertionError(answer.body());
        }
    }
}
