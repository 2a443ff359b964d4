package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Idempotency keys and dry runs.
class ApiRepetitionTest extends ApiRules {
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
}
