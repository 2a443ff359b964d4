package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Entity tags, replacing and patching.
class ApiVersionsTest extends ApiRules {
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

    @Test
    void whatGetGave_canBePutBackWithoutDrift() {
        Answer made =
                put(
                        """
                        {"display_name": "D", "description": "d", "owner": "acme",
                         "groups": ["restricted", "payroll-readers"], "labels": {"team": "blue", "a": ""},
                         "enabled": false, "expires_at": "2099-01-31T12:00:00Z",
                         "client_assertion_audience": "legacy"}
                        """);
        assertThat(made.status()).as(made.body()).isEqualTo(200);
        Answer read = api.get(BOSS, account);
        Answer again = put(read.body());
        assertThat(again.status()).as(again.body()).isEqualTo(200);
        assertThat(without(again.json(), "updated_at"))
                .isEqualTo(without(read.json(), "updated_at"));
        assertThat(read.json().path("groups").toString())
                .isEqualTo("[\"restricted\",\"payroll-readers\"]");
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
    void noChangeEnablesByAccident() {
        put("{\"owner\": \"acme\", \"enabled\": false}");
        assertThat(put("{\"owner\": \"acme\"}").json().path("enabled").asBoolean(true)).isFalse();
        assertThat(patch("{\"enabled\": null}").json().path("enabled").asBoolean(true)).isFalse();
        assertThat(patch("{\"enabled\": true}").json().path("enabled").asBoolean()).isTrue();
    }

    @Test
    void aPatchOfAnotherType_isRefused() {
        refused(patch("{}", "Content-Type", "application/json-patch+json"), 400, "bad-request");
    }
}
