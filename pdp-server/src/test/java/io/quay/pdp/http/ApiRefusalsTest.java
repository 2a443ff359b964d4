package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.identity.ClientSecret;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

/// What each refusal of the API looks like.
class ApiRefusalsTest extends ApiRules {
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
}
