package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.identity.ClientSecret;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the administration API does for callers that use it as its document says.
class AdministrationApiTest {
    @TempDir private Path directory;
    private ApiServer api;

    @BeforeEach
    void start() {
        api = ApiServer.start(directory);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void anAccountIsMadeReadChangedAndDeleted() {
        Answer made =
                api.post(
                        BOSS,
                        ACCOUNTS,
                        """
                        {"name": "svc-one", "display_name": "One", "owner": "acme",
                         "labels": {"team": "blue"}, "groups": ["restricted"]}
                        """);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.header("Location")).isEqualTo(ACCOUNTS + "/svc-one");
        assertThat(made.json().path("created_by").asText()).isEqualTo(BOSS);
        assertThat(made.json().path("origin").asText()).isEqualTo("api");
        assertThat(made.json().path("id").asText()).startsWith("sa_");
        assertThat(made.header("Cache-Control")).isEqualTo("no-store");

        Answer read = api.get(BOSS, ACCOUNTS + "/svc-one");
        assertThat(read.json()).isEqualTo(made.json());
        assertThat(read.header("ETag")).isEqualTo(made.header("ETag")).matches("\"[0-9]+\"");

        Answer patched =
                api.send(
                        BOSS,
                        "PATCH",
                        ACCOUNTS + "/svc-one",
                        "{\"display_name\": \"Uno\", \"labels\": {\"team\": null}}");
        assertThat(patched.status()).as(patched.body()).isEqualTo(200);
        assertThat(patched.json().path("display_name").asText()).isEqualTo("Uno");
        assertThat(patched.json().path("labels")).isEmpty();

        assertThat(api.send(BOSS, "DELETE", ACCOUNTS + "/svc-one", null).status()).isEqualTo(204);
        assertThat(api.get(BOSS, ACCOUNTS + "/svc-one").status()).isEqualTo(404);
    }

    @Test
    void aSecretIsShownOnceAndRotated() {
        api.make("svc-one", "acme");
        String credentials = ACCOUNTS + "/svc-one/credentials";
        Answer made = api.post(BOSS, credentials, "{\"kind\": \"client_secret\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.json().path("client_id").asText()).isEqualTo("svc-one");
        assertThat(ClientSecret.isWellFormed(made.json().path("client_secret").asText())).isTrue();
        String id = made.json().path("id").asText();
        assertThat(made.header("Location")).isEqualTo(credentials + "/" + id);

        Answer rotated =
                api.post(BOSS, credentials + "/" + id + "/rotate", "{\"overlap\": \"PT1H\"}");
        assertThat(rotated.status()).as(rotated.body()).isEqualTo(201);
        assertThat(rotated.json().path("client_secret").asText()).startsWith("qpdp_");
        assertThat(rotated.json().path("rotated").path("id").asText()).isEqualTo(id);

        Answer listed = api.get(BOSS, credentials);
        assertThat(listed.json().path("items")).hasSize(2);
        assertThat(listed.body()).doesNotContain("client_secret\":", "sha256", "qpdp_");
        JsonNode old = api.get(BOSS, credentials + "/" + id).json();
        assertThat(old.path("rotated_to").asText()).isEqualTo(rotated.json().path("id").asText());
        assertThat(api.send(BOSS, "DELETE", credentials + "/" + id, null).status()).isEqualTo(204);
        assertThat(api.get(BOSS, credentials + "/" + id).status()).isEqualTo(404);
    }

    @Test
    void aRoleIsGrantedAndTakenAway() {
        api.make("svc-one", "acme");
        String grants = ACCOUNTS + "/svc-one/grants";
        Answer made =
                api.post(
                        ACME,
                        grants,
                        """
                        {"role": "writer", "resource": {"type": "Quay::Organization", "id": "acme"}}
                        """);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        String grant = made.header("Location");
        assertThat(api.get(ACME, grant).json()).isEqualTo(made.json());
        assertThat(api.get(ACME, grants).json().path("items")).containsExactly(made.json());
        assertThat(api.send(ACME, "DELETE", grant, null).status()).isEqualTo(204);
        assertThat(api.get(ACME, grants).json().path("items")).isEmpty();
    }

    @Test
    void tokensAreRevoked() {
        api.make("svc-one", "acme");
        Answer made = api.post(BOSS, "/v1/revocations", "{\"account\": \"svc-one\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.json().path("account").asText()).isEqualTo("svc-one");
        assertThat(api.get(BOSS, made.header("Location")).json()).isEqualTo(made.json());
        assertThat(api.get(BOSS, "/v1/revocations").json().path("items")).hasSize(1);
    }

    @Test
    void whatIsLoadedIsShown() {
        Answer roles = api.get(BOSS, "/v1/roles");
        assertThat(roles.json().path("items").findValuesAsText("name"))
                .containsExactly("keeper", "reader", "writer");
        JsonNode policies = api.get(BOSS, "/v1/policies").json();
        assertThat(policies.path("version").asText()).isNotEmpty();
        assertThat(policies.path("counts").path("roles").asInt()).isEqualTo(3);
        assertThat(policies.path("last_failed_load").isNull()).isTrue();
        Answer operations = api.get(BOSS, "/v1/operations?page_size=1000");
        assertThat(operations.json().path("items").findValuesAsText("name"))
                .contains("createRepo", "getRepo");
        JsonNode issuers = api.get(BOSS, "/v1/issuers").json().path("items");
        assertThat(issuers.findValuesAsText("name")).containsExactly("ci", "hub", "lab");
        assertThat(issuers.get(1).path("kind").asText()).isEqualTo("github_actions");
    }

    @Test
    void keysAreListedAndRotated() {
        Answer keys = api.get(BOSS, "/v1/signing-keys");
        assertThat(keys.json().path("items").findValuesAsText("state")).contains("active", "next");
        assertThat(keys.body()).doesNotContain("\"d\"", "sealed", "private");
        Answer rotated = api.post(BOSS, "/v1/signing-keys/rotate", "{}");
        assertThat(rotated.status()).as(rotated.body()).isEqualTo(200);
        assertThat(rotated.json().path("rotated").asBoolean()).isFalse();
        assertThat(rotated.json().path("takes_over_at").asText()).isNotEmpty();
        Answer replaced = api.post(BOSS, "/v1/signing-keys/rotate", "{\"compromised\": true}");
        assertThat(replaced.json().path("rotated").asBoolean()).isTrue();
        assertThat(api.get(BOSS, "/v1/signing-keys").json().findValuesAsText("kid"))
                .doesNotContainAnyElementsOf(keys.json().findValuesAsText("kid"));
    }

    @Test
    void eventsAreListedAndExported() {
        api.make("svc-one", "acme");
        api.make("svc-two", "acme");
        Answer events = api.get(BOSS, "/v1/events?kind=service_account.created&page_size=1");
        assertThat(events.json().path("items")).hasSize(1);
        assertThat(events.json().at("/items/0/account").asText()).isEqualTo("svc-two");
        assertThat(events.json().at("/items/0/principal").asText()).isEqualTo(BOSS);
        Answer lines =
                api.get(
                        BOSS,
                        "/v1/events?kind=service_account.created",
                        "Accept",
                        "application/x-ndjson");
        assertThat(lines.header("Content-Type")).isEqualTo("application/x-ndjson");
        assertThat(lines.body().lines()).hasSize(2);
    }

    @Test
    void aDecisionIsExplained() {
        api.make("svc-one", "acme");
        api.post(
                ACME,
                ACCOUNTS + "/svc-one/grants",
                """
                {"role": "writer", "resource": {"type": "Quay::Organization", "id": "acme"}}
                """);
        Answer allowed =
                api.post(
                        BOSS,
                        "/v1/explain",
                        """
                        {"principal": "svc-one",
                         "request": {"method": "GET", "target": "/api/v1/repository/acme/web"}}
                        """);
        assertThat(allowed.status()).as(allowed.body()).isEqualTo(200);
        assertThat(allowed.json().path("decision").asBoolean()).as(allowed.body()).isTrue();
        assertThat(allowed.json().at("/determining/0/policy").asText()).isEqualTo("writer");
        Answer denied =
                api.post(
                        BOSS,
                        "/v1/explain",
                        """
                        {"principal": "svc-one", "action": "deleteRepository",
                         "resource": {"type": "Quay::Repository", "id": "acme/web"}}
                        """);
        assertThat(denied.json().path("decision").asBoolean()).isFalse();
        assertThat(denied.json().path("nearest")).isNotEmpty();
    }
}
