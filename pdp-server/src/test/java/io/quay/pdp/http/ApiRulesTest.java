package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.identity.ClientSecret;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The rules that hold for all of the API: versions, repetition, dry runs, pages, strict input, and
/// what each refusal looks like. Every test has an account of its own.
class ApiRulesTest {
    @TempDir private static Path directory;
    private static ApiServer api;
    private static int count;

    private String name;
    private String account;

    @BeforeAll
    static void start() {
        api = ApiServer.start(directory);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void makeAccount(TestInfo test) {
        name = "svc-rules-" + ++count;
        account = ACCOUNTS + "/" + name;
        api.make(name, "acme");
    }

    private static Answer refused(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.json().path("type").asText()).isEqualTo("urn:quay-pdp:problem:" + type);
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.json().path("detail").asText()).isNotBlank();
        return answer;
    }

    private static List<String> pointers(Answer answer) {
        List<String> pointers = new ArrayList<>();
        answer.json().path("errors").forEach(error -> pointers.add(error.path("pointer").asText()));
        return pointers;
    }

    private Answer put(String body, String... headers) {
        return api.send(BOSS, "PUT", account, body, headers);
    }

    private Answer patch(String body, String... headers) {
        return api.send(BOSS, "PATCH", account, body, headers);
    }

    // Who calls

    @Test
    void noToken_isRefused() {
        Answer answer = api.http.get(ACCOUNTS);
        refused(answer, 401, "unauthorized");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"pdp\"");
    }

    @Test
    void aBadToken_isRefused() {
        Answer answer = api.get("nonsense", ACCOUNTS);
        refused(answer, 401, "unauthorized");
        assertThat(answer.header("WWW-Authenticate")).contains("error=\"invalid_token\"");
    }

    // Refusals, one by one

    @Test
    void whatIsNotThere_isNotFound() {
        refused(api.get(BOSS, ACCOUNTS + "/svc-none"), 404, "not-found");
        refused(api.get(BOSS, account + "/credentials/none"), 404, "not-found");
        refused(api.get(BOSS, account + "/grants/none"), 404, "not-found");
        refused(api.get(BOSS, "/v1/revocations/none"), 404, "not-found");
        refused(api.get(BOSS, "/v1/decisions/none"), 404, "not-found");
        refused(api.get(BOSS, "/v1/nothing"), 404, "not-found");
    }

    @Test
    void aCallerWithoutPermit_isForbidden() {
        refused(api.post(name, ACCOUNTS, "{\"name\": \"svc-more\"}"), 403, "forbidden");
        refused(api.get(name, "/v1/policies"), 403, "forbidden");
        refused(api.post(ACME, "/v1/signing-keys/rotate", "{}"), 403, "forbidden");
    }

    @Test
    void aGrantOfMoreThanTheCallerHolds_isRefused() {
        String keeper =
                """
                {"role": "keeper", "resource": {"type": "Quay::Organization", "id": "acme"}}
                """;
        refused(api.post(ACME, account + "/grants", keeper), 403, "exceeds-own-rights");
        assertThat(api.post(BOSS, account + "/grants", keeper).status()).isEqualTo(201);
    }

    @Test
    void aNameThatIsOrWasTaken_isRefused() {
        String body = "{\"name\": \"" + name + "\"}";
        refused(api.post(BOSS, ACCOUNTS, body), 409, "name-taken");
        api.send(BOSS, "DELETE", account, null);
        refused(api.post(BOSS, ACCOUNTS, body), 409, "name-taken");
        refused(put("{}"), 409, "name-taken");
    }

    @Test
    void anAccountOfGit_isReadAndNotChanged() {
        String path = ACCOUNTS + "/svc-in-git";
        JsonNode read = api.get(BOSS, path).json();
        assertThat(read.path("origin").asText()).isEqualTo("git");
        refused(api.send(BOSS, "PUT", path, "{}"), 409, "declared-in-git");
        refused(api.send(BOSS, "PATCH", path, "{\"enabled\": false}"), 409, "declared-in-git");
        refused(api.send(BOSS, "DELETE", path, null), 409, "declared-in-git");
        assertThat(api.get(BOSS, path).json()).isEqualTo(read);
    }

    @Test
    void aSecretThatIsSomebodys_isRefused() {
        String hash = ClientSecret.sha256Hex(ClientSecret.generate(new SecureRandom()));
        String body = "{\"kind\": \"client_secret\", \"secret_sha256\": \"" + hash + "\"}";
        Answer made = api.post(BOSS, account + "/credentials", body);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.body()).doesNotContain("\"client_secret\":", hash);
        refused(api.post(BOSS, account + "/credentials", body), 409, "credential-taken");
    }

    @Test
    void aSecondRotation_isAConflict() {
        String credentials = account + "/credentials";
        String id =
                api.post(BOSS, credentials, "{\"kind\": \"client_secret\"}")
                        .json()
                        .path("id")
                        .asText();
        String rotate = credentials + "/" + id + "/rotate";
        assertThat(api.send(BOSS, "POST", rotate, null).status()).isEqualTo(201);
        refused(api.send(BOSS, "POST", rotate, null), 409, "conflict");
    }

    @Test
    void wrongMembers_areAllNamed() {
        Answer answer =
                refused(
                        api.post(
                                BOSS,
                                ACCOUNTS,
                                """
                                {"name": 7, "labels": {"a": 1}, "groups": ["x", 2], "enabled": "yes",
                                 "expires_at": "tomorrow", "superuser": true,
                                 "client_assertion_audience": "any"}
                                """),
                        422,
                        "invalid-content");
        assertThat(pointers(answer))
                .containsExactlyInAnyOrder(
                        "/name",
                        "/labels/a",
                        "/groups/1",
                        "/enabled",
                        "/expires_at",
                        "/superuser",
                        "/client_assertion_audience");
    }

    @Test
    void federatedCredentials_areNotYetAvailable() {
        Answer answer =
                refused(
                        api.post(
                                BOSS,
                                account + "/credentials",
                                "{\"kind\": \"federated\", \"issuer\": \"x\", \"subject\": \"y\"}"),
                        422,
                        "invalid-content");
        assertThat(answer.body()).contains("not yet available");
    }

    @Test
    void aCredentialWithoutAnEnd_isMadeOnlyWhereAPolicyPermits() {
        String forever = "{\"kind\": \"client_secret\", \"expires_at\": null}";
        refused(api.post(BOSS, account + "/credentials", forever), 403, "forbidden");
        api.make("svc-legacy", null);
        Answer made = api.post(BOSS, ACCOUNTS + "/svc-legacy/credentials", forever);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.json().path("expires_at").isNull()).isTrue();
        Answer usual = api.post(BOSS, account + "/credentials", "{\"kind\": \"client_secret\"}");
        assertThat(usual.json().path("expires_at").isTextual()).isTrue();
    }

    @Test
    void otherMethods_areNotAllowed() {
        Answer answer = api.send(BOSS, "DELETE", ACCOUNTS, null);
        refused(answer, 405, "method-not-allowed");
        assertThat(answer.header("Allow")).contains("GET", "POST");
    }

    // Versions

    @Test
    void aStaleVersion_isRefused() {
        String old = api.get(BOSS, account).header("ETag");
        assertThat(patch("{\"description\": \"one\"}", "If-Match", old).status()).isEqualTo(200);
        refused(patch("{\"description\": \"two\"}", "If-Match", old), 412, "precondition-failed");
        refused(put("{}", "If-Match", old), 412, "precondition-failed");
        refused(
                api.send(BOSS, "DELETE", account, null, "If-Match", old),
                412,
                "precondition-failed");
        assertThat(api.get(BOSS, account).json().path("description").asText()).isEqualTo("one");
        String now = api.get(BOSS, account).header("ETag");
        assertThat(now).isNotEqualTo(old);
        assertThat(api.send(BOSS, "DELETE", account, null, "If-Match", now).status())
                .isEqualTo(204);
    }

    @Test
    void anyVersionMatchesTheStar_butNothingThatIsNotThere() {
        assertThat(put("{}", "If-Match", "*").status()).isEqualTo(200);
        refused(
                api.send(BOSS, "PUT", ACCOUNTS + "/svc-absent", "{}", "If-Match", "*"),
                412,
                "precondition-failed");
        refused(
                api.send(BOSS, "PUT", ACCOUNTS + "/svc-absent", "{}", "If-Match", "\"1\""),
                412,
                "precondition-failed");
        assertThat(api.get(BOSS, ACCOUNTS + "/svc-absent").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "\"7", "W/7", "*, \"7\"", "\"7\" \"8\"", "\"7\",", ","})
    void aMalformedVersion_isRefused(String tag) {
        refused(put("{}", "If-Match", tag), 400, "bad-request");
    }

    @Test
    void aWeakVersion_matchesNothing() {
        String tag = api.get(BOSS, account).header("ETag");
        refused(put("{}", "If-Match", "W/" + tag), 412, "precondition-failed");
    }

    @Test
    void whatWasRead_isNotSentAgain() {
        String tag = api.get(BOSS, account).header("ETag");
        Answer same = api.get(BOSS, account, "If-None-Match", tag);
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        patch("{\"description\": \"changed\"}");
        assertThat(api.get(BOSS, account, "If-None-Match", tag).status()).isEqualTo(200);
    }

    @Test
    void putCreates_andWithTheStarCreatesOnly() {
        String path = ACCOUNTS + "/" + name + "-new";
        Answer made = api.send(BOSS, "PUT", path, "{}", "If-None-Match", "*");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.header("Location")).isEqualTo(path);
        refused(
                api.send(BOSS, "PUT", path, "{}", "If-None-Match", "*"),
                412,
                "precondition-failed");
        assertThat(api.send(BOSS, "PUT", path, "{}").status()).isEqualTo(200);
    }

    @Test
    void aConditionWhereNoneIsTaken_isRefused() {
        refused(
                api.post(BOSS, "/v1/revocations", "{\"everything\": true}", "If-Match", "*"),
                400,
                "bad-request");
    }

    // Replacing and patching

    @Test
    void whatGetGave_canBePutBackWithoutDrift() {
        Answer made =
                put(
                        """
                        {"display_name": "D", "description": "d", "owner": "acme",
                         "groups": ["restricted"], "labels": {"team": "blue", "a": ""},
                         "enabled": false, "expires_at": "2099-01-31T12:00:00Z",
                         "client_assertion_audience": "legacy"}
                        """);
        assertThat(made.status()).as(made.body()).isEqualTo(200);
        Answer read = api.get(BOSS, account);
        Answer again = put(read.body());
        assertThat(again.status()).as(again.body()).isEqualTo(200);
        assertThat(without(again.json(), "updated_at"))
                .isEqualTo(without(read.json(), "updated_at"));
        assertThat(read.json().path("expires_at").asText()).isEqualTo("2099-01-31T12:00:00Z");
        assertThat(put("{\"owner\": \"acme\"}").json().path("labels")).isEmpty();
    }

    private static JsonNode without(JsonNode json, String member) {
        return ((ObjectNode) json.deepCopy()).without(member);
    }

    @Test
    void anotherName_isRefused() {
        refused(put("{\"name\": \"svc-other\"}"), 422, "invalid-content");
        refused(patch("{\"name\": \"svc-other\"}"), 422, "invalid-content");
    }

    @Test
    void aPatchChangesOnlyWhatItNames() {
        put(
                "{\"owner\": \"acme\", \"labels\": {\"a\": \"1\", \"b\": \"2\"}, \"description\": \"d\"}");
        Answer patched = patch("{\"labels\": {\"a\": null, \"c\": \"3\"}, \"description\": null}");
        assertThat(patched.status()).as(patched.body()).isEqualTo(200);
        assertThat(patched.json().path("labels").toString()).isEqualTo("{\"b\":\"2\",\"c\":\"3\"}");
        assertThat(patched.json().path("description").asText()).isEmpty();
        assertThat(patched.json().path("owner").asText()).isEqualTo("acme");
    }

    @Test
    void aPatchOfAnotherType_isRefused() {
        refused(patch("{}", "Content-Type", "application/json-patch+json"), 400, "bad-request");
    }

    // Repetition

    @Test
    void aRepeatedCreation_answersWhatWasMade_withoutTheSecret() {
        String path = account + "/credentials";
        String body = "{\"kind\": \"client_secret\", \"expires_at\": \"2026-12-01T00:00:00Z\"}";
        Answer made = api.post(BOSS, path, body, "Idempotency-Key", "key-" + name);
        assertThat(made.json().has("client_secret")).isTrue();
        assertThat(made.header("Idempotency-Replayed")).isEmpty();
        String spaced =
                "{\"expires_at\": \"2026-12-01T00:00:00Z\",\n  \"kind\": \"client_secret\"}";
        Answer again = api.post(BOSS, path, spaced, "Idempotency-Key", "key-" + name);
        assertThat(again.status()).as(again.body()).isEqualTo(201);
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(again.json().path("id")).isEqualTo(made.json().path("id"));
        assertThat(again.json().has("client_secret")).isFalse();
        assertThat(again.header("Location")).isEqualTo(made.header("Location"));
        assertThat(api.get(BOSS, path).json().path("items")).hasSize(1);
    }

    @Test
    void aKeyThatWasUsedForAnotherRequest_isRefused() {
        String key = "key-" + name;
        api.post(
                BOSS,
                account + "/credentials",
                "{\"kind\": \"client_secret\"}",
                "Idempotency-Key",
                key);
        refused(
                api.post(
                        BOSS,
                        account + "/credentials",
                        "{\"kind\": \"client_secret\", \"expires_at\": \"2026-12-01T00:00:00Z\"}",
                        "Idempotency-Key",
                        key),
                422,
                "idempotency-key-reused");
        refused(
                api.post(
                        BOSS,
                        "/v1/revocations",
                        "{\"account\": \"" + name + "\"}",
                        "Idempotency-Key",
                        key),
                422,
                "idempotency-key-reused");
    }

    @Test
    void aKeyOfAnotherCaller_isItsOwn() {
        String key = "key-" + name;
        String path = account + "/credentials";
        Answer boss = api.post(BOSS, path, "{\"kind\": \"client_secret\"}", "Idempotency-Key", key);
        Answer acme = api.post(ACME, path, "{\"kind\": \"client_secret\"}", "Idempotency-Key", key);
        assertThat(acme.status()).as(acme.body()).isEqualTo(201);
        assertThat(acme.header("Idempotency-Replayed")).isEmpty();
        assertThat(acme.json().path("id")).isNotEqualTo(boss.json().path("id"));
    }

    @Test
    void everyCreationTakesAKey() {
        for (Route route : api.face.routes()) {
            if (route.method() == Route.Method.POST && route.has(Route.Trait.CHANGES)) {
                assertThat(route.has(Route.Trait.CREATES)).as(route.id()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\tb"})
    void aMalformedKey_isRefused(String key) {
        refused(
                api.post(BOSS, "/v1/revocations", "{}", "Idempotency-Key", key),
                400,
                "bad-request");
    }

    @Test
    void aKeyThatIsTooLong_isRefused() {
        refused(
                api.post(BOSS, "/v1/revocations", "{}", "Idempotency-Key", "k".repeat(256)),
                400,
                "bad-request");
    }

    @Test
    void aKeyWhereNothingIsCreated_isRefused() {
        refused(put("{}", "Idempotency-Key", "k"), 400, "bad-request");
    }

    // Dry runs

    @Test
    void aDryRun_changesNothing() {
        String id =
                api.post(BOSS, account + "/credentials", "{\"kind\": \"client_secret\"}")
                        .json()
                        .path("id")
                        .asText();
        String grant =
                api.post(
                                BOSS,
                                account + "/grants",
                                """
                                {"role": "reader", "resource": {"type": "Quay::Organization", "id": "acme"}}
                                """)
                        .header("Location");
        List<String> before = state();
        for (Route route : api.face.routes()) {
            if (!route.has(Route.Trait.CHANGES)) {
                continue;
            }
            String path = route.id().equals("deleteGrant") ? grant : route.at(name, id);
            Answer answer =
                    api.send(
                            BOSS,
                            route.method().name(),
                            path + "?dry_run=true",
                            dryBody(route.id()));
            assertThat(answer.status())
                    .as(route.id() + ": " + answer.body())
                    .isEqualTo(route.answer() == null ? 204 : 200);
            assertThat(answer.header("Dry-Run")).as(route.id()).isEqualTo("true");
            assertThat(answer.body()).doesNotContain("qpdp_");
        }
        assertThat(state()).isEqualTo(before);
        assertThat(api.get(BOSS, ACCOUNTS + "/" + name + "-dry").status()).isEqualTo(404);
    }

    private List<String> state() {
        return List.of(
                api.get(BOSS, account).body(),
                api.get(BOSS, account + "/credentials").body(),
                api.get(BOSS, account + "/grants").body(),
                api.get(BOSS, "/v1/revocations").body(),
                api.get(BOSS, "/v1/events?kind=administration.denied").body());
    }

    private @org.jspecify.annotations.Nullable String dryBody(String operation) {
        return switch (operation) {
            case "createServiceAccount" -> "{\"name\": \"" + name + "-dry\"}";
            case "putServiceAccount", "patchServiceAccount" ->
                    "{\"owner\": \"acme\", \"display_name\": \"Dry\"}";
            case "createCredential" -> "{\"kind\": \"client_secret\"}";
            case "createGrant" ->
                    "{\"role\": \"writer\", \"resource\": {\"type\": \"Quay::Organization\", \"id\": \"acme\"}}";
            case "createRevocation" -> "{\"everything\": true}";
            default -> null;
        };
    }

    // Input

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    duplicate names     | {"name": "svc-a", "name": "svc-b"}
                    no object           | ["svc-a"]
                    two values          | {} {}
                    a trailing comma    | {"name": "svc-a",}
                    an unpaired surrogate | {"name": "svc-a", "description": "\\ud800"}
                    nothing             | ''
                    """)
    void hostileJson_isRefused(String kind, String body) {
        refused(api.post(BOSS, ACCOUNTS, body), 400, "bad-request");
    }

    @Test
    void deepJson_isRefused() {
        refused(
                api.post(BOSS, ACCOUNTS, "{\"a\":".repeat(200) + "1" + "}".repeat(200)),
                400,
                "bad-request");
    }

    @Test
    void anotherContentType_isRefused() {
        refused(
                api.post(
                        BOSS,
                        ACCOUNTS,
                        "name=svc-a",
                        "Content-Type",
                        "application/x-www-form-urlencoded"),
                400,
                "bad-request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?page=2",
                "?enabled=yes",
                "?enabled=true&enabled=false",
                "?owner",
                "?owner=",
                "?page_size=0",
                "?page_size=1001",
                "?page_size=ten",
                "?dry_run=true",
                "?owner=%ff"
            })
    void aQueryThatIsNotUnderstood_isRefused(String query) {
        refused(api.get(BOSS, ACCOUNTS + query), 400, "bad-request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-23", "2026-11-23T12:00:00+01:00", "yesterday", "1"})
    void aMomentInAnotherSpelling_isRefused(String moment) {
        refused(api.get(BOSS, "/v1/events?from=" + moment.replace("+", "%2B")), 400, "bad-request");
    }

    // Pages

    @Test
    void pagesHoldEverythingOnce() {
        for (int i = 0; i < 7; i++) {
            api.make(name + "-p" + i, "pages");
        }
        List<String> seen = new ArrayList<>();
        String next = "";
        int pages = 0;
        do {
            JsonNode page = api.get(BOSS, ACCOUNTS + "?owner=pages&page_size=3" + next).json();
            page.path("items").forEach(item -> seen.add(item.path("name").asText()));
            assertThat(page.path("items").size()).isLessThanOrEqualTo(3);
            next =
                    page.path("next_page_token").isNull()
                            ? ""
                            : "&page_token=" + page.path("next_page_token").asText();
            pages++;
        } while (!next.isEmpty());
        assertThat(seen).hasSize(7).doesNotHaveDuplicates().isSorted();
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void aPageToken_isGoodForItsOwnQueryAndCallerOnly() {
        api.make(name + "-q", "acme");
        String token =
                api.get(BOSS, ACCOUNTS + "?owner=acme&page_size=1")
                        .json()
                        .path("next_page_token")
                        .asText();
        assertThat(api.get(BOSS, ACCOUNTS + "?owner=acme&page_size=2&page_token=" + token).status())
                .isEqualTo(200);
        refused(api.get(BOSS, ACCOUNTS + "?page_token=" + token), 400, "bad-request");
        refused(api.get(BOSS, "/v1/events?page_token=" + token), 400, "bad-request");
        refused(api.get(ACME, ACCOUNTS + "?owner=acme&page_token=" + token), 400, "bad-request");
        char flipped = token.charAt(20) == 'A' ? 'B' : 'A';
        String tampered = token.substring(0, 20) + flipped + token.substring(21);
        refused(api.get(BOSS, ACCOUNTS + "?owner=acme&page_token=" + tampered), 400, "bad-request");
        refused(api.get(BOSS, ACCOUNTS + "?owner=acme&page_token=svc-a"), 400, "bad-request");
    }

    @Test
    void filtersNarrowAList() {
        put("{\"owner\": \"acme\", \"labels\": {\"only\": \"" + name + "\"}, \"enabled\": false}");
        String filter = ACCOUNTS + "?label=only%3D" + name;
        assertThat(api.get(BOSS, filter).json().at("/items/0/name").asText()).isEqualTo(name);
        assertThat(api.get(BOSS, filter).json().path("items")).hasSize(1);
        assertThat(api.get(BOSS, filter + "&enabled=true").json().path("items")).isEmpty();
        assertThat(api.get(BOSS, filter + "&owner=payroll").json().path("items")).isEmpty();
    }

    @Test
    void theListenerHearsOfEveryAnswer() {
        api.get(BOSS, ACCOUNTS + "/svc-unheard-of");
        api.get("nonsense", "/v1/roles");
        assertThat(api.answered).contains("getServiceAccount 404", "listRoles 401");
    }
}
