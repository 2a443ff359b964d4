package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.gateway.StubQuay.Received;
import io.quay.pdp.gateway.StubQuay.Script;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// S4, S20: what the gateway asks Quay about repositories for the sake of a decision, and what it
/// refuses when Quay does not say. The tests have one repository each, so that nothing is
/// remembered between them.
final class QuayAttributesTest {
    private static final String QUESTION = "?includeTags=false";
    private static final String KEEP_PUBLIC =
            """
            @id("keep-public")
            forbid (principal, action in [Quay::Action::"deleteRepository", Quay::Action::"listRepoTags"], resource)
            when { resource has visibility && resource.visibility == "public" };
            """;
    private static final AtomicInteger REPOSITORIES = new AtomicInteger();

    @TempDir private static Path directory;
    private static GatewayBed bed;

    private String name = "";

    @BeforeAll
    static void start() {
        bed =
                GatewayBed.withOneToken(
                        directory,
                        "  attributes: {max_age: PT1S}",
                        KEEP_PUBLIC,
                        """
                        @id("only-private")
                        forbid (principal, action == Quay::Action::"updateRepo", resource)
                        unless { resource has visibility && resource.visibility == "private" };
                        @id("keep-mirrors")
                        forbid (principal, action == Quay::Action::"changeRepoState", resource)
                        when { resource has state && resource.state == "MIRROR" };
                        """);
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void forget() {
        bed.quay().forget();
        name = "r" + REPOSITORIES.incrementAndGet();
    }

    private String target() {
        return "/api/v1/repository/acme/" + name;
    }

    private Answer delete() {
        return bed.send("DELETE", target(), null);
    }

    private Answer describe() {
        return bed.send("PUT", target(), "{\"description\": \"d\"}");
    }

    /// The gateway's own questions.
    private static List<Received> questions() {
        return bed.quay().received().stream().filter(QuayAttributesTest::question).toList();
    }

    /// What was sent to Quay on behalf of clients.
    private static List<Received> executed() {
        return bed.quay().received().stream().filter(each -> !question(each)).toList();
    }

    private static boolean question(Received received) {
        return received.line().startsWith("GET ") && received.line().contains(QUESTION);
    }

    /// Quay answers questions so, and calls with 200.
    private static void questionsGet(Script script) {
        bed.quay()
                .answers((received, out) ->
                        (question(received) ? script : StubQuay.FINE).answer(received, out));
    }

    private static Script says(String status, String body) {
        return (_, out) -> StubQuay.answer(out, status, "", body);
    }

    private String view(String rest) {
        return "{\"namespace\": \"acme\", \"name\": \"" + name + "\", " + rest + "}";
    }

    private void is(String visibility) {
        questionsGet(
                says(
                        "200 OK",
                        view(
                                "\"is_public\": "
                                        + visibility.equals("public")
                                        + ", \"kind\": \"image\", \"state\": \"NORMAL\"")));
    }

    private static void assertDenied(Answer answer, String cause) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.json().path("cause").asText()).isEqualTo(cause);
        assertThat(bed.decisions().getFirst().cause()).isEqualTo(cause);
        assertThat(executed()).isEmpty();
    }

    @Test
    void s20AForbidReadsWhatQuaySays() {
        is("public");
        assertDenied(delete(), "forbidden");
        Received question = questions().getFirst();
        assertThat(question.line()).isEqualTo("GET " + target() + QUESTION + " HTTP/1.1");
        assertThat(question.header("Authorization")).isEqualTo(bed.own());
    }

    @Test
    void s20AForbidThatDoesNotHoldLetsTheCallPass() {
        is("private");
        assertThat(delete())
                .satisfies(answer -> assertThat(answer.status()).as(answer.body()).isEqualTo(200));
        assertThat(describe())
                .satisfies(answer -> assertThat(answer.status()).as(answer.body()).isEqualTo(200));
        assertThat(executed()).hasSize(2);
    }

    @Test
    void s20NothingIsAskedThatNoMatchingPolicyReads() {
        is("public");
        assertThat(bed.send("GET", target(), null).status()).isEqualTo(200);
        assertThat(questions()).isEmpty();
        assertThat(executed()).hasSize(1);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "500 Internal Server Error",
                "502 Bad Gateway",
                "503 Service Unavailable",
                "429 Too Many Requests",
                "401 Unauthorized",
                "403 Forbidden",
                "400 Bad Request"
            })
    void s04WhatQuayDoesNotSayIsDenied(String status) {
        questionsGet(says(status, "{\"error_message\": \"Not Found\"}"));
        Answer answer = delete();
        assertDenied(answer, "attribute_unavailable");
        assertThat(answer.body()).contains("resource.visibility", status.substring(0, 3));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {}
                    []
                    <html>welcome</html>
                    {"namespace": "acme", "name": "R", "is_public": "true"}
                    {"namespace": "acme", "name": "R", "state": "NORMAL", "kind": "image"}
                    {"namespace": "acme", "name": "R", "is_public": false, "state": 0}
                    {"namespace": "acme", "name": "R", "is_public": false, "kind": ["image"]}
                    {"namespace": "acme", "name": "other", "is_public": false, "state": "NORMAL"}
                    {"namespace": "other", "name": "R", "is_public": false, "state": "NORMAL"}
                    {"name": "R", "is_public": false, "state": "NORMAL"}
                    """)
    void s04AnAnswerThatIsNotOfThisRepositoryIsNone(String body) {
        questionsGet(says("200 OK", body.replace("\"R\"", "\"" + name + "\"")));
        assertDenied(delete(), "attribute_unavailable");
    }

    @Test
    void s04AnAnswerThatIsTooLargeIsNone() {
        questionsGet(
                says(
                        "200 OK",
                        view(
                                "\"is_public\": false, \"description\": \""
                                        + "x".repeat(1 << 20)
                                        + "\"")));
        assertDenied(delete(), "attribute_unavailable");
    }

    @Test
    void s04ARedirectIsNotFollowed() {
        questionsGet((_, out) ->
                StubQuay.answer(
                        out,
                        "302 Found",
                        "Location: http://127.0.0.1:" + bed.quay().port() + "/elsewhere\r\n",
                        view("\"is_public\": false")));
        assertDenied(delete(), "attribute_unavailable");
        assertThat(bed.quay().received()).hasSize(1);
    }

    @Test
    void s04AnAnswerThatBreaksOffIsNone() {
        questionsGet((_, out) -> {
            out.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"
                            .getBytes(StandardCharsets.US_ASCII));
            return false;
        });
        assertDenied(delete(), "attribute_unavailable");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    404 Not Found | {"error_message": "Not Found", "error_type": "not_found", "status": 404} | 200
                    404 Not Found | <html>404 Not Found</html>                                               | 403
                    404 Not Found | {"message": "no route matched"}                                          | 403
                    200 OK        | {"namespace": "acme", "name": "R", "is_public": true, "state": null}     | 200
                    200 OK        | {"namespace": "acme", "name": "R", "is_public": true}                    | 200
                    200 OK        | {"namespace": "acme", "name": "R", "is_public": true, "state": "MIRROR"} | 403
                    """)
    void s04HasIsFalseOnlyWhenQuayAnsweredWithoutIt(String status, String body, int answered) {
        questionsGet(says(status, body.replace("\"R\"", "\"" + name + "\"")));
        Answer answer = bed.send("PUT", target() + "/changestate", "{\"state\": \"NORMAL\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(answered);
        assertThat(executed()).hasSize(answered == 200 ? 1 : 0);
    }

    /// A repository that does not exist is known not to be private.
    @Test
    void s20AForbidUnlessHoldsForWhatDoesNotExist() {
        questionsGet(says("404 Not Found", "{\"error_message\": \"Not Found\"}"));
        assertDenied(describe(), "forbidden");
        assertThat(questions()).hasSize(1);
    }

    @Test
    void s04AForbidThatHoldsOnlyBecauseQuayDoesNotSayIsNoAnswerEither() {
        questionsGet(says("503 Oops", "{}"));
        assertDenied(describe(), "attribute_unavailable");
    }

    @Test
    void s20AnAnswerIsNotUsedBeyondItsMaximumAge() {
        is("private");
        assertThat(read(bed)).isEqualTo(200);
        is("public");
        Await.until(() -> read(bed) == 403);
        is("private");
        Await.until(() -> read(bed) == 200);
    }

    @Test
    void s20AnAnswerWithinItsMaximumAgeIsNotAskedForAgain(@TempDir Path other) {
        try (GatewayBed slow = longMemory(other, 300)) {
            slow.quay()
                    .answers((received, out) ->
                            (question(received)
                                            ? says("200 OK", view("\"is_public\": false"))
                                            : StubQuay.FINE)
                                    .answer(received, out));
            assertThat(read(slow)).isEqualTo(200);
            assertThat(read(slow)).isEqualTo(200);
            assertThat(slow.quay().received().stream().filter(QuayAttributesTest::question))
                    .hasSize(1);
        }
    }

    private int read(GatewayBed from) {
        return from.send("GET", target() + "/tag/", null).status();
    }

    @Test
    void s20ParallelCallsAskOnce(@TempDir Path other) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (GatewayBed slow = longMemory(other, 300);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            slow.quay()
                    .answers((received, out) -> {
                        awaitQuietly(asked);
                        return says("200 OK", view("\"is_public\": true")).answer(received, out);
                    });
            String token = "Bearer " + slow.token();
            List<Future<Answer>> answers =
                    IntStream.range(0, 200)
                            .mapToObj(_ -> clients.submit(() -> delete(slow, token)))
                            .toList();
            Await.until(() -> !slow.quay().received().isEmpty());
            asked.countDown();
            for (Future<Answer> answer : answers) {
                assertThat(answer.get().json().path("cause").asText()).isEqualTo("forbidden");
            }
            assertThat(slow.quay().received()).hasSize(1);
        }
    }

    private Answer delete(GatewayBed from, String authorization) {
        return from.send(
                "DELETE",
                target(),
                null,
                request -> request.header("Authorization", authorization));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void s20WhatTheGatewayChangedIsSeenAtOnce(@TempDir Path other) {
        try (GatewayBed slow = longMemory(other, 300)) {
            AtomicInteger visible = new AtomicInteger();
            slow.quay()
                    .answers((received, out) -> {
                        if (received.line().contains("/changevisibility")) {
                            visible.set(1);
                        }
                        return question(received)
                                ? says("200 OK", view("\"is_public\": " + (visible.get() == 1)))
                                        .answer(received, out)
                                : StubQuay.FINE.answer(received, out);
                    });
            assertThat(slow.send("DELETE", target(), null).status()).isEqualTo(200);
            assertThat(
                            slow.send(
                                            "POST",
                                            target() + "/changevisibility",
                                            "{\"visibility\": \"public\"}")
                                    .status())
                    .isEqualTo(200);
            assertThat(slow.send("DELETE", target(), null).status()).isEqualTo(403);
        }
    }

    @Test
    void s20ARepositoryThatIsMadeIsNotTakenForOneThatIsNotThere(@TempDir Path other) {
        try (GatewayBed slow = longMemory(other, 300)) {
            AtomicInteger made = new AtomicInteger();
            slow.quay()
                    .answers((received, out) -> {
                        if (received.line().startsWith("POST /api/v1/repository ")) {
                            made.set(1);
                        }
                        if (!question(received)) {
                            return StubQuay.FINE.answer(received, out);
                        }
                        return made.get() == 1
                                ? says("200 OK", view("\"is_public\": true")).answer(received, out)
                                : says("404 Not Found", "{\"error_message\": \"Not Found\"}")
                                        .answer(received, out);
                    });
            assertThat(slow.send("DELETE", target(), null).status()).isEqualTo(200);
            slow.send(
                    "POST",
                    "/api/v1/repository",
                    "{\"namespace\": \"acme\", \"repository\": \""
                            + name
                            + "\", \"visibility\": \"public\", \"description\": \"\"}");
            assertThat(slow.send("DELETE", target(), null).status()).isEqualTo(403);
        }
    }

    @Test
    void s20QuestionsBeyondTheBudgetAreNotAsked(@TempDir Path other) {
        try (GatewayBed slow = longMemory(other, 2)) {
            slow.quay()
                    .answers((received, out) ->
                            question(received)
                                    ? says("404 Not Found", "{\"error_message\": \"Not Found\"}")
                                            .answer(received, out)
                                    : StubQuay.FINE.answer(received, out));
            for (String each : new String[] {"one", "two"}) {
                assertThat(slow.send("DELETE", "/api/v1/repository/acme/" + each, null).status())
                        .isEqualTo(200);
            }
            Answer third = slow.send("DELETE", "/api/v1/repository/acme/three", null);
            assertThat(third.status()).isEqualTo(403);
            assertThat(third.json().path("cause").asText()).isEqualTo("attribute_unavailable");
            assertThat(third.body()).contains("gateway.attributes.per_minute");
            assertThat(slow.quay().received().stream().filter(QuayAttributesTest::question))
                    .hasSize(2);
            assertThat(slow.decisions().getFirst().cause()).isEqualTo("attribute_unavailable");
        }
    }

    private static GatewayBed longMemory(Path other, int perMinute) {
        return GatewayBed.withOneToken(
                other,
                "  limits: {max_account_calls: 256}\n  attributes: {max_age: PT5M, per_minute: "
                        + perMinute
                        + "}",
                KEEP_PUBLIC);
    }

    /// A permit reads it as well: who has no other right is allowed nothing without an answer.
    @Test
    void s04APermitThatReadsItAllowsNothingUntilQuaySays(@TempDir Path other) {
        try (GatewayBed permits =
                GatewayBed.withOneToken(
                        other,
                        "",
                        """
                        @id("reads-public")
                        permit (principal == Quay::ServiceAccount::"svc-terraform", action == Quay::Action::"listRepoTags", resource in Quay::Organization::"acme")
                        when { resource has visibility && resource.visibility == "public" };
                        """)) {
            permits.quay()
                    .answers((received, out) -> {
                        if (!question(received)) {
                            return StubQuay.FINE.answer(received, out);
                        }
                        String asked =
                                received.line()
                                        .replaceFirst(
                                                "GET /api/v1/repository/acme/(\\w+)\\?.*", "$1");
                        return switch (asked) {
                            case "down" -> says("500 Oops", "{}").answer(received, out);
                            default -> {
                                name = asked;
                                yield says("200 OK", view("\"is_public\": " + asked.equals("open")))
                                        .answer(received, out);
                            }
                        };
                    });
            assertThat(permits.send("GET", "/api/v1/repository/acme/open/tag/", null).status())
                    .isEqualTo(200);
            assertThat(causeOf(permits, "acme/shut")).isEqualTo("no_permit");
            assertThat(causeOf(permits, "acme/down")).isEqualTo("attribute_unavailable");
            // in whose scope no policy is, of that nothing is asked
            permits.quay().received().clear();
            assertThat(causeOf(permits, "payroll/slips")).isEqualTo("no_permit");
            assertThat(permits.quay().received()).isEmpty();
        }
    }

    private static String causeOf(GatewayBed of, String repository) {
        Answer answer = of.send("GET", "/api/v1/repository/" + repository + "/tag/", null);
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        return answer.json().path("cause").asText();
    }

    /// Without a credential there is no source, and absent stays unknown.
    @Test
    void s04WithoutACredentialNothingIsAskedAndNothingAllowed(@TempDir Path other)
            throws java.io.IOException {
        try (GatewayBed bare = GatewayBed.start(other)) {
            Path late = other.resolve("policies/access/late.cedar");
            java.nio.file.Files.writeString(late, KEEP_PUBLIC);
            Await.until(() -> bare.send("DELETE", target(), null).status() == 403);
            bare.quay().forget();
            Answer answer = bare.send("DELETE", target(), null);
            assertThat(answer.json().path("cause").asText()).isEqualTo("attribute_unavailable");
            assertThat(bare.quay().received()).isEmpty();
        }
    }
}
