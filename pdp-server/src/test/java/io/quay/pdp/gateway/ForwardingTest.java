package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionRecord;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is allowed reaches Quay as it was decided, and Quay's answer the client.
final class ForwardingTest {
    @TempDir private static Path directory;
    private static GatewayBed bed;

    @BeforeAll
    static void start() {
        bed = GatewayBed.start(directory);
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void forget() {
        bed.quay().forget();
    }

    /// The request lines of Terraform's provider and of other clients.
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "GET, /api/v1/organization/terra, /api/v1/organization/terra",
        "GET, /api/v1/repository/terra%2Fapp0, /api/v1/repository/terra/app0",
        "GET, /api/v1/repository/terra%2fapp0, /api/v1/repository/terra/app0",
        "DELETE, /api/v1/repository/terra%2Fapp0, /api/v1/repository/terra/app0",
        "GET, /api/v1/repository/terra%2Fapp0/permissions/team/devs, /api/v1/repository/terra/app0/permissions/team/devs",
        "PUT, /api/v1/organization/terra/team/devs/members/terra+bot, /api/v1/organization/terra/team/devs/members/terra+bot",
        "PUT, /api/v1/organization/terra/team/devs/members/terra%2Bbot, /api/v1/organization/terra/team/devs/members/terra+bot",
        "GET, /api/v1/organization/terra/team/devs/members, /api/v1/organization/terra/team/devs/members",
        "GET, /api/v1/organization/acme/robots?token=false&evil=1, /api/v1/organization/acme/robots?token=false",
        "GET, /api/v1/repository?namespace=acme&public=false, /api/v1/repository?namespace=acme&public=false",
        "HEAD, /api/v1/repository/acme/app, /api/v1/repository/acme/app",
    })
    void sendsTheCanonicalTarget(String method, String target, String canonical) {
        Answer answer = bed.send(method, target, null);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(bed.quay().received())
                .extracting(StubQuay.Received::line)
                .containsExactly(method + " " + canonical + " HTTP/1.1");
    }

    @Test
    void sendsTheBytesThatWereDecidedOn() {
        String body =
                "{ \"namespace\" :\"acme\",\"repository\":\"web\",\t\"visibility\":\"private\",\"description\":\"\u00fc\" }\n";
        Answer answer = bed.send("POST", "/api/v1/repository", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        StubQuay.Received received = bed.quay().received().getFirst();
        assertThat(received.body()).isEqualTo(body.getBytes(StandardCharsets.UTF_8));
        assertThat(received.header("Content-Type")).isEqualTo("application/json");
        assertThat(received.header("Transfer-Encoding")).isEmpty();
    }

    @Test
    void sendsTheBytesOfAChunkedBody() {
        String answer =
                bed.line(
                        "POST /api/v1/repository",
                        bed.token(),
                        "Transfer-Encoding: chunked\r\n\r\n1f\r\n{\"namespace\":\"acme\",\"repository\r\n7\r\n\":\"web\"\r\n1a\r\n,\"visibility\":\"private\"   \r\n1\r\n}\r\n0\r\n");
        assertThat(GatewayBed.status(answer)).as(answer).isEqualTo(200);
        assertThat(bed.quay().received().getFirst().text())
                .isEqualTo(
                        "{\"namespace\":\"acme\",\"repository\":\"web\",\"visibility\":\"private\"   }");
    }

    @Test
    void tellsQuayNothingThatTheClientSaysOfItself() {
        bed.line(
                "GET " + GatewayBed.REPOSITORY,
                bed.token(),
                """
                Cookie: session=stolen\r
                X-CSRF-Token: stolen\r
                X-PDP-Account: svc-root\r
                X-PDP-Anything: 1\r
                X-Quay-Anything: 1\r
                X-Forwarded-For: 6.6.6.6\r
                X-Forwarded-Host: evil.example.com\r
                X-Forwarded-Proto: https\r
                X-Forwarded-Uri: /api/v1/superuser/users/\r
                X-Original-URL: /api/v1/superuser/users/\r
                Forwarded: for=6.6.6.6\r
                X-Real-IP: 6.6.6.6\r
                X_Forwarded_For: 6.6.6.6\r
                X-HTTP-Method-Override: DELETE\r
                Proxy-Authorization: Basic eA==\r
                TE: trailers\r
                User-Agent: OpenAPI-Generator/1.0.0/go\r
                X-Request-ID: run-17\r
                """);
        assertThat(bed.quay().received()).hasSize(1);
        StubQuay.Received received = bed.quay().received().getFirst();
        assertThat(received.headers())
                .containsExactlyInAnyOrder(
                        "Host: 127.0.0.1:" + bed.quay().port(),
                        "Authorization: " + GatewayBed.EXECUTING,
                        "User-Agent: OpenAPI-Generator/1.0.0/go",
                        "X-Request-ID: run-17",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-For: 127.0.0.1");
    }

    @Test
    void handsQuaysAnswerOnWithoutItsSession() {
        bed.quay()
                .answers((_, out) ->
                        StubQuay.answer(
                                out,
                                "418 Teapot",
                                "Set-Cookie: session=1\r\nX-Next-CSRF-Token: t\r\nETag: \"1\"\r\nKeep-Alive: x\r\nX-Quay-Request-ID: 1\r\n",
                                "{\"a\": 1}"));
        Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null);
        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.body()).isEqualTo("{\"a\": 1}");
        assertThat(answer.header("ETag")).isEqualTo("\"1\"");
        assertThat(answer.response().headers().map().keySet())
                .doesNotContain(
                        "set-cookie", "x-next-csrf-token", "keep-alive", "x-quay-request-id");
    }

    @Test
    void handsOnNeitherWhatIsForTheGatewayNorWhatLooksLikeOurs() {
        bed.quay()
                .answers((_, out) ->
                        StubQuay.answer(
                                out,
                                "200 OK",
                                "Connection: X-Private, Content-Length\r\nX-Private: 1\r\nX-PDP-Decision: forged\r\nX_PDP_Decision: forged\r\nSet_Cookie: a=b\r\nX-Kept: 1\r\n",
                                "{\"a\": 1}"));
        Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null);
        assertThat(answer.body()).isEqualTo("{\"a\": 1}");
        assertThat(answer.header("X-Kept")).isEqualTo("1");
        assertThat(answer.header("X-PDP-Decision")).isEqualTo(bed.decisions().getFirst().id());
        assertThat(answer.response().headers().map().keySet())
                .doesNotContain("x-private", "x_pdp_decision", "set_cookie");
    }

    @Test
    void recordsTheDecisionAndHowTheCallEnded() {
        bed.quay().answers((_, out) -> StubQuay.answer(out, "201 Created", "", "{}"));
        Answer answer =
                bed.send(
                        "POST",
                        "/api/v1/repository",
                        "{\"namespace\": \"acme\", \"repository\": \"web\", \"visibility\": \"private\"}",
                        request ->
                                request.header("Authorization", "Bearer " + bed.token())
                                        .header("X-Request-ID", "run-18"));
        assertThat(answer.header("X-Request-ID")).isEqualTo("run-18");
        DecisionRecord decision = bed.decisions().getFirst();
        assertThat(answer.header("X-PDP-Decision")).isEqualTo(decision.id());
        assertThat(decision.caller()).isEqualTo("pdp:gateway");
        assertThat(decision.requestId()).isEqualTo("run-18");
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.action()).isEqualTo("createRepo");
        CallRecord end = bed.endOf(decision.id());
        assertThat(end.state()).isEqualTo(CallRecord.State.ANSWERED);
        assertThat(end.status()).isEqualTo(201);
        assertThat(end.millis()).isNotNull().isNotNegative();
        assertThat(end.requestId()).isEqualTo("run-18");
    }

    @Test
    void takesAWorkloadsTokenWithTheAccountThatItIsFor() {
        Answer answer =
                bed.send(
                        "GET",
                        GatewayBed.REPOSITORY,
                        null,
                        request ->
                                request.header("Authorization", "Bearer " + bed.workloadToken())
                                        .header("X-PDP-Account", GatewayBed.ACCOUNT));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(bed.quay().received().getFirst().header("X-PDP-Account")).isEmpty();
        assertThat(bed.decisions().getFirst().workload()).isNotNull();
    }

    @Test
    void refusesAWorkloadsTokenWithoutTheAccountThatItIsFor() {
        Answer answer =
                bed.send(
                        "GET",
                        GatewayBed.REPOSITORY,
                        null,
                        request ->
                                request.header("Authorization", "Bearer " + bed.workloadToken()));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("X-PDP-Account");
        assertThat(bed.quay().received()).isEmpty();
    }

    /// Quay would answer the same; the call itself is decided again when it comes with its slash.
    @Test
    void answersQuaysSlashRedirectsItself() {
        Answer answer = bed.send("GET", "/api/v1/user", null);
        assertThat(answer.status()).isEqualTo(308);
        assertThat(answer.header("Location")).isEqualTo("/api/v1/user/");
        assertThat(bed.quay().received()).isEmpty();
        String decision = answer.header("X-PDP-Decision");
        assertThat(bed.endOf(decision).state()).isEqualTo(CallRecord.State.REDIRECTED);
    }

    @Test
    void keepsConnectionsToQuay() {
        String token = bed.token();
        int before = bed.quay().connections();
        for (int i = 0; i < 20; i++) {
            bed.send(
                    "GET",
                    GatewayBed.REPOSITORY,
                    null,
                    request -> request.header("Authorization", "Bearer " + token));
        }
        assertThat(bed.quay().received()).hasSize(20);
        assertThat(bed.quay().connections() - before).isBetween(0, 1);
    }

    /// An unused connection to Quay is kept for two seconds; one that waits for an answer longer.
    @Test
    void waitsForASlowAnswer() {
        CountDownLatch never = new CountDownLatch(1);
        bed.quay()
                .answers((received, out) -> !awaited(never) && StubQuay.FINE.answer(received, out));
        assertThat(bed.send("GET", GatewayBed.REPOSITORY, null).status()).isEqualTo(200);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(3, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void answersDenialsInQuaysForm() {
        Answer answer =
                bed.send(
                        "GET",
                        "/api/v1/repository/acme/secret",
                        null,
                        request -> request.header("Authorization", "Bearer " + bed.token()));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("error_type").asText()).isEqualTo("insufficient_scope");
        assertThat(answer.json().path("title").asText()).isEqualTo("insufficient_scope");
        assertThat(answer.json().path("status").asInt()).isEqualTo(403);
        assertThat(answer.json().path("cause").asText()).isEqualTo("forbidden");
        assertThat(answer.json().path("decision_id").asText())
                .isEqualTo(bed.decisions().getFirst().id());
        assertThat(answer.json().path("error_message").asText())
                .isEqualTo(answer.json().path("detail").asText())
                .contains("acme-secret", answer.json().path("decision_id").asText());
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void refusesARequestWithoutAToken() {
        Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null, HttpRequest.Builder::copy);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(answer.json().path("error_type").asText()).isEqualTo("invalid_token");
        assertThat(bed.decisions().getFirst().cause()).isEqualTo("invalid_token");
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void recordsTheRefusalOfASpelling() {
        Answer answer = bed.send("GET", "/api/v1/repository/%61cme/app", null);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("error_type").asText()).isEqualTo("invalid_request");
        DecisionRecord record = bed.decisions().getFirst();
        assertThat(record.id()).isEqualTo(answer.json().path("decision_id").asText());
        assertThat(record.cause()).isEqualTo("non_canonical_path");
    }

    @Test
    void showsHowTheCallEndedWithTheDecision() {
        Answer answer = bed.send("GET", GatewayBed.REPOSITORY, null);
        String decision = answer.header("X-PDP-Decision");
        assertThat(bed.endOf(decision).state()).isEqualTo(CallRecord.State.ANSWERED);
        Answer shown =
                bed.server()
                        .send(
                                HttpRequest.newBuilder(
                                                bed.server().uri("/v1/decisions/" + decision))
                                        .header("Authorization", "Bearer " + bed.bootstrapToken()));
        assertThat(shown.json().at("/execution/state").asText()).isEqualTo("answered");
        assertThat(shown.json().at("/execution/status").asInt()).isEqualTo(200);
    }

    @Test
    void refusesEverythingOutsideTheManagementApi() {
        for (String path : new String[] {"/", "/v2/", "/oauth/authorizeapp", "/api/suconfig"}) {
            assertThat(bed.send("GET", path, null).status()).as(path).isEqualTo(403);
        }
        assertThat(bed.quay().received()).isEmpty();
    }

    @Test
    void measuresWhatItDoes() {
        bed.send("GET", GatewayBed.REPOSITORY, null);
        bed.send("GET", "/api/v1/repository/acme/secret", null);
        Await.until(() -> series("requests_total{verdict=\"denied\",status=\"4xx\"}"));
        Await.until(() -> series("requests_total{verdict=\"allowed\",status=\"2xx\"}"));
        Await.until(() -> series("quay_calls_total{state=\"answered\"}"));
        Await.until(() -> series("quay_milliseconds_total"));
    }

    private static boolean series(String name) {
        return bed.server().get("/metrics").body().contains("pdp_gateway_" + name + " ");
    }
}
