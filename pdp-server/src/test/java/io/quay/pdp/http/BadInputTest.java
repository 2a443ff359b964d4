package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.net.http.HttpRequest;
import java.nio.charset.Charset;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BadInputTest {
    private static final String CANARY = "canary-7f3a";

    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server =
                TestServer.start(
                        directory, "server: {limits: {max_body: 65536}}", java.util.Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.body()).doesNotContain("Exception", "\tat ", "com.fasterxml", "<html");
        assertThat(answer.body()).doesNotContain(CANARY);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.json().path("type").asText()).startsWith("urn:quay-pdp:problem:");
        assertThat(answer.json().path("title").asText()).isNotEmpty();
        assertThat(answer.json().path("instance").asText())
                .isEqualTo("urn:quay-pdp:request:" + answer.header("X-Request-ID"));
    }

    private static void assertBad(Answer answer, String detail) {
        assertProblem(answer, 400);
        assertThat(answer.json().path("detail").asText()).contains(detail);
    }

    @ParameterizedTest(name = "for {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "malformed               | {\"request\": canary-7f3a}            | JSON",
                "truncated               | {\"request\": {\"method\": \"canary-7f3a | JSON",
                "truncated in the body   | {\"request\": {\"body\": {\"a\": \"canary-7f3a | JSON",
                "trailing garbage        | {} canary-7f3a                        | JSON",
                "a second object         | {\"request\":1}{\"canary-7f3a\":1}    | end after its object",
                "empty                   | ~~                                    | JSON object",
                "blank                   | ~   ~                                 | JSON object",
                "a list                  | [\"canary-7f3a\"]                     | JSON object",
                "a string                | \"canary-7f3a\"                       | JSON object",
                "a number                | 5                                     | JSON object",
                "null                    | null                                  | JSON object",
                "a comment               | {/* canary-7f3a */}                   | JSON",
                "single quotes           | {'canary-7f3a': 1}                    | JSON",
                "a trailing comma        | {\"subject\": {\"type\": \"a\",}}     | JSON",
                "NaN                     | {\"subject\": NaN}                    | JSON",
                "a leading zero          | {\"subject\": 007}                    | JSON",
                "a raw line feed         | {\"subject\": \"canary-7f3a\t\"}      | JSON",
                "a half escape           | {\"subject\": \"\\u12\"}              | JSON",
                "half a character        | {\"subject\": {\"type\": \"\\ud800\"}} | /subject/type",
                "the other half          | {\"subject\": {\"type\": \"\\udc00\\ud800\"}} | /subject/type",
                "half a character's name | {\"subject\": {\"\\ud800\": 1}}       | JSON",
                "twice                   | {\"subject\": 1, \"subject\": 2}      | /subject",
                "twice, once escaped     | {\"subject\": 1, \"s\\u0075bject\": 2} | /subject",
                "twice deeper            | {\"request\": {\"method\": 1, \"method\": 2}} | /request/method",
                "twice in what is ignored | {\"x\": {\"a\": 1, \"a\": 2}}        | /x/a",
                "twice the body          | {\"request\": {\"body\": {}, \"body\": {}}} | /request/body",
            })
    void refusesWhatIsNoStrictJson(String name, String body, String detail) {
        assertBad(server.post("/authorize", body.equals("   ") ? body : body.strip()), detail);
        assertBad(
                server.post("/access/v1/evaluation", body.equals("   ") ? body : body.strip()),
                detail);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/request                 | 5, [], \"canary-7f3a\", true",
                "/request                 | null",
                "/request/method          | 5, {}, [], null, false",
                "/request/target          | 5, {}, [], null, false",
                "/request/body_omitted    | 5, {}, [], \"canary-7f3a\"",
                "/request/content_encoding | 5, {}, [], false",
                "/request/source_ip       | 5, {}, [], \"canary-7f3a\", \"\", \"::::\", \"1.2.3\", \"1\", \"999.1.1.1\", \"10.0.0.0/8\", \"fe80::1%eth0\", \"[::1]\", \" 10.0.0.1\"",
                "/token                   | 5, {}, [], true",
                "/subject                 | 5, [], \"canary-7f3a\", true",
                "/subject/type            | 5, {}, [], null, \"\"",
                "/subject/id              | 5, {}, [], null, \"\"",
                "/subject/properties      | 5, [], \"canary-7f3a\"",
            })
    void namesTheMemberOfTheNativeFormThatIsWrong(String pointer, String values) {
        for (String value : values.split(", ", -1)) {
            String last = pointer.substring(pointer.lastIndexOf('/') + 1);
            assertBad(
                    server.post("/authorize", Json.with(Asking.NATIVE, pointer.strip(), value)),
                    last.equals("type") || last.equals("id") ? "subject" : last);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/subject                 | 5, [], \"canary-7f3a\", null",
                "/subject/type            | 5, {}, [], null, \"\"",
                "/subject/id              | 5, {}, [], null, \"\"",
                "/action                  | 5, [], \"canary-7f3a\", null",
                "/action/name             | 5, {}, [], null",
                "/action/properties       | 5, [], \"canary-7f3a\"",
                "/resource                | 5, [], \"canary-7f3a\", null",
                "/resource/type           | 5, {}, [], null, \"\"",
                "/resource/id             | 5, {}, [], null, \"\"",
                "/resource/properties     | 5, [], \"canary-7f3a\", {\"kind\": 1e999999999}",
                "/context                 | 5, [], \"canary-7f3a\", {\"source_ip\": {\"__entity\": {\"type\": \"\"}}}",
                "/context/parameters      | 5, [], \"canary-7f3a\"",
                "/context/parameters/repository | 5, [], {}, true",
                "/context/source_ip       | 5, [], {}, \"canary-7f3a\", \"::::\", \"1.2.3\", \"999.1.1.1\", \"1.1.1.1/99\"",
            })
    void namesTheMemberOfTheAuthzenFormThatIsWrong(String pointer, String values) {
        String last = pointer.substring(pointer.lastIndexOf('/') + 1);
        String named =
                last.equals("type") || last.equals("id")
                        ? pointer.substring(1, pointer.lastIndexOf('/'))
                        : last;
        for (String value : values.split(", ", -1)) {
            String body = Json.with(Asking.AUTHZEN, pointer.strip(), value);
            assertBad(server.post("/access/v1/evaluation", body), named);
            assertBad(server.post("/authorize", body), named);
        }
    }

    @ParameterizedTest(name = "without {0}")
    @ValueSource(
            strings = {
                "/subject",
                "/subject/type",
                "/subject/id",
                "/action",
                "/action/name",
                "/resource",
                "/resource/type",
                "/resource/id"
            })
    void refusesTheAuthzenFormWithoutWhatItRequires(String pointer) {
        assertBad(
                server.post("/access/v1/evaluation", Json.without(Asking.AUTHZEN, pointer)),
                "is missing");
    }

    @Test
    void takesTheUnvariedRequests() {
        for (String path : new String[] {"/authorize", "/access/v1/evaluation"}) {
            assertThat(server.post(path, Asking.AUTHZEN).json().path("decision").asBoolean())
                    .isTrue();
        }
        assertThat(server.post("/authorize", Asking.NATIVE).json().path("decision").asBoolean())
                .isTrue();
    }

    @ParameterizedTest(name = "as {0}")
    @ValueSource(
            strings = {
                "",
                "text/plain",
                "application/x-www-form-urlencoded",
                "text/json",
                "application/jsonx",
                "application/json; charset=utf-16",
                "application/json; charset=iso-8859-1",
                "*/*",
                "application/problem+json"
            })
    void refusesAnotherContentType(String type) {
        for (String path : new String[] {"/authorize", "/access/v1/evaluation"}) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(server.uri(path))
                            .header("Authorization", "Bearer " + server.token())
                            .POST(HttpRequest.BodyPublishers.ofString(Asking.AUTHZEN));
            if (!type.isEmpty()) {
                request.header("Content-Type", type);
            }
            assertBad(server.send(request), "Content-Type");
        }
    }

    @ParameterizedTest(name = "for {0}")
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON",
                "application/json;charset=utf-8",
                "application/json; charset=UTF-8",
                "application/json ; charset=\"utf-8\""
            })
    void takesJsonHoweverItIsSpelt(String type) {
        HttpRequest.Builder request =
                server.request("/authorize")
                        .setHeader("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(Asking.NATIVE));
        assertThat(server.send(request).status()).isEqualTo(200);
    }

    @ParameterizedTest(name = "for {0}")
    @ValueSource(strings = {"UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-32LE"})
    void refusesOtherEncodings(String charset) {
        assertBad(
                server.post("/authorize", Asking.NATIVE.getBytes(Charset.forName(charset))),
                "UTF-8");
        assertBad(
                server.post(
                        "/access/v1/evaluation", Asking.AUTHZEN.getBytes(Charset.forName(charset))),
                "UTF-8");
    }

    @ParameterizedTest(name = "for {0}")
    @CsvSource({
        "a byte order mark, EFBBBF7B7D",
        "a lone continuation, 7B2261223A2280227D",
        "an overlong NUL, 7B2261223A22C080227D",
        "an overlong quote, 7B2261223A22C0A2227D",
        "a surrogate, 7B2261223A22EDA080227D",
        "beyond Unicode, 7B2261223A22F4908080227D",
        "a truncated sequence, 7B2261223A22E282227D"
    })
    void refusesWhatIsNoUtf8(String name, String hex) {
        assertBad(server.post("/authorize", java.util.HexFormat.of().parseHex(hex)), "UTF-8");
    }

    @Test
    void refusesARawNul() {
        assertBad(server.post("/authorize", "{\"subject\": \"a\0b\"}"), "JSON");
    }

    @ParameterizedTest(name = "for {0}")
    @ValueSource(strings = {"gzip", "deflate", "br", "identity, gzip"})
    void refusesAnEncodedBodyOfItsOwn(String encoding) {
        assertBad(
                server.send(
                        server.request("/authorize")
                                .header("Content-Encoding", encoding)
                                .POST(HttpRequest.BodyPublishers.ofString(Asking.NATIVE))),
                "Content-Encoding");
    }

    /// One byte more than is accepted. No test sends more: what the server left unread when it
    /// closed could cost the answer.
    private static final String TOO_LARGE = "{\"x\":\"" + "x".repeat(65_531);

    @ParameterizedTest
    @ValueSource(strings = {"/authorize", "/access/v1/evaluation"})
    void refusesABodyThatIsTooLarge(String path) {
        String answer =
                server.raw(
                        "POST " + path + " HTTP/1.1",
                        "Host: pdp",
                        "Authorization: Bearer " + server.token(),
                        "Content-Type: application/json",
                        "Content-Length: 70000",
                        "",
                        TOO_LARGE);
        assertThat(answer).startsWith("HTTP/1.1 413 ").contains("application/problem+json");
    }

    @Test
    void refusesABodyThatIsTooLargeAndDoesNotSaySo() {
        String answer =
                server.raw(
                        "POST /authorize HTTP/1.1",
                        "Host: pdp",
                        "Authorization: Bearer " + server.token(),
                        "Content-Type: application/json",
                        "Transfer-Encoding: chunked",
                        "",
                        Integer.toHexString(TOO_LARGE.length()),
                        TOO_LARGE);
        assertThat(answer).startsWith("HTTP/1.1 413 ").contains("application/problem+json");
    }

    @Test
    void refusesAnUnknownCallerWithoutWaitingForItsBody() {
        String answer =
                server.raw(
                        "POST /authorize HTTP/1.1",
                        "Host: pdp",
                        "Content-Type: application/json",
                        "Content-Length: 70000",
                        "",
                        "");
        assertThat(answer).startsWith("HTTP/1.1 401 ").contains("application/problem+json");
    }

    @ParameterizedTest(name = "{0} levels")
    @ValueSource(ints = {33, 100, 1_000, 15_000})
    void refusesDeepNesting(int levels) {
        String lists = "[".repeat(levels) + "]".repeat(levels);
        String objects = "{\"a\":".repeat(levels / 3) + "1" + "}".repeat(levels / 3);
        for (String pointer : new String[] {"/x", "/subject/properties/x"}) {
            assertBad(
                    server.post("/authorize", Json.with(Asking.NATIVE, pointer, lists)), "nested");
        }
        if (levels / 3 > 32) {
            assertBad(
                    server.post(
                            "/access/v1/evaluation",
                            Json.with(Asking.AUTHZEN, "/context/x", objects)),
                    "nested");
        }
    }

    @ParameterizedTest(name = "for {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "twice           | {\"namespace\": \"acme\", \"namespace\": \"other\", \"repository\": \"web\"} | invalid_body",
                "a string        | \"canary-7f3a\"                                          | invalid_body",
                "a number        | 5                                                        | invalid_body",
                "a list          | []                                                       | invalid_body",
                "null            | null                                                     | body_required",
                "half a character | {\"namespace\": \"acme\", \"repository\": \"\\ud800\"}  | invalid_body",
                "undeclared      | {\"namespace\": \"acme\", \"repository\": \"w\", \"x\": \"canary-7f3a\"} | invalid_body",
                "without the namespace | {\"repository\": \"web\"}                          | namespace_required",
                "an empty object | {}                                                       | namespace_required",
            })
    void deniesABodyOfTheRequestToQuayThatIsWrong(String name, String body, String cause) {
        Answer answer = server.post("/authorize", Asking.withBody(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("decision").asBoolean(true)).isFalse();
        assertThat(answer.cause()).isEqualTo(cause);
        assertThat(answer.body()).doesNotContain(CANARY);
    }

    @ParameterizedTest(name = "{0} levels")
    @ValueSource(ints = {40, 2_000, 15_000})
    void deniesABodyOfTheRequestToQuayThatIsNestedTooDeeply(int levels) {
        Answer answer =
                server.post("/authorize", Asking.withBody("[".repeat(levels) + "]".repeat(levels)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.cause()).isEqualTo("invalid_body");
    }

    @Test
    void deniesANumberOfManyDigitsInTheBodyOfTheRequestToQuay() {
        Answer answer =
                server.post(
                        "/authorize",
                        Asking.withBody(
                                "{\"namespace\": \"acme\", \"repository\": "
                                        + "9".repeat(5_000)
                                        + "}"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.cause()).isEqualTo("invalid_body");
    }

    @Test
    void refusesANumberOfManyDigits() {
        assertBad(
                server.post(
                        "/access/v1/evaluation",
                        Json.with(Asking.AUTHZEN, "/context/x", "9".repeat(101))),
                "/context/x");
    }

    @Test
    void deniesABodyWithAnEncoding() {
        Answer answer =
                server.post(
                        "/authorize",
                        Json.with(Asking.NATIVE, "/request/content_encoding", "\"gzip\""));
        assertThat(answer.cause()).isEqualTo("invalid_body");
    }

    @Test
    void refusesABodyThatIsSaidToBeOmitted() {
        assertBad(
                server.post(
                        "/authorize", Json.with(Asking.NATIVE, "/request/body_omitted", "true")),
                "body_omitted");
    }

    @Test
    void refusesATokenBesideASubject() {
        assertBad(
                server.post("/authorize", Json.with(Asking.NATIVE, "/token", "\"canary-7f3a\"")),
                "`token` and `subject`");
    }

    @Test
    void ignoresMembersThatItDoesNotKnow() {
        String body =
                Json.with(
                        Json.with(Asking.NATIVE, "/request/later", "{\"a\": [1, 1.5, null]}"),
                        "/later",
                        "1e400");
        assertThat(server.post("/authorize", body).json().path("decision").asBoolean()).isTrue();
        assertThat(
                        server.post(
                                        "/access/v1/evaluation",
                                        Json.with(Asking.AUTHZEN, "/resource/later", "[[]]"))
                                .json()
                                .path("decision")
                                .asBoolean())
                .isTrue();
    }

    @ParameterizedTest(name = "for {0}")
    @ValueSource(
            strings = {
                "Quay::", "a b", "::", "Quay::ServiceAccount::", "quay::serviceaccount",
                        "__cedar::Long",
                "Quay::Nothing", "Pdp::Action", "Quay::Action", "Workload::Oidc", "Quay::Group",
                        "\\u0000",
                "\\\"", "LONG"
            })
    void deniesTypesThatTheSchemaDoesNotHave(String type) {
        String quoted = '"' + (type.equals("LONG") ? "x".repeat(10_000) : type) + '"';
        for (String body :
                new String[] {
                    Json.with(Asking.AUTHZEN, "/subject/type", quoted),
                    Json.with(Asking.NATIVE, "/subject/type", quoted)
                }) {
            Answer answer = server.post("/authorize", body);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.cause()).isEqualTo("account_unknown");
        }
        Answer answer =
                server.post("/authorize", Json.with(Asking.AUTHZEN, "/resource/type", quoted));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.cause()).isEqualTo("unknown_operation");
    }

    @ParameterizedTest(name = "{0} characters")
    @ValueSource(ints = {1_000, 30_000})
    void deniesIdsThatAreVeryLong(int length) {
        for (String pointer : new String[] {"/subject/id", "/resource/id", "/action/name"}) {
            Answer answer =
                    server.post(
                            "/authorize",
                            Json.with(Asking.AUTHZEN, pointer, '"' + "x".repeat(length) + '"'));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().path("decision").asBoolean(true)).isFalse();
        }
    }

    @ParameterizedTest(name = "for {0}")
    @ValueSource(strings = {"\\u0000", "a\\\"b", "a\\nb", "\\ud83d\\ude00", "a/b", "..", " ", "*"})
    void deniesIdsWithOddCharacters(String id) {
        for (String pointer : new String[] {"/subject/id", "/resource/id", "/action/name"}) {
            Answer answer =
                    server.post("/authorize", Json.with(Asking.AUTHZEN, pointer, '"' + id + '"'));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().path("decision").asBoolean(true)).isFalse();
        }
    }

    @ParameterizedTest(name = "for {0}")
    @CsvSource({"::ffff:10.2.3.4", "10.2.3.4", "2001:db8::1", "::1", "0:0:0:0:0:0:0:1"})
    void takesAddressesOfBothFamilies(String address) {
        Answer answer =
                server.post(
                        "/authorize",
                        Json.with(Asking.NATIVE, "/request/source_ip", '"' + address + '"'));
        assertThat(answer.json().path("decision").asBoolean()).as(answer.body()).isTrue();
    }
}
