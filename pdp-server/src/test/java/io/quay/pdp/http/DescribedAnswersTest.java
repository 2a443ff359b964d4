package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real answers, with their types, against the schemas that the document gives them.
final class DescribedAnswersTest {
    @TempDir private static Path directory;
    private static ApiServer api;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        api = ApiServer.start(directory);
        document = api.http.get("/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static JsonNode operation(Route route) {
        return document.path("paths")
                .path(route.path())
                .path(route.method().name().toLowerCase(Locale.ROOT));
    }

    @Test
    void answersAreAsDescribed() {
        api.make("svc-described", "acme");
        String account = ApiServer.ACCOUNTS + "/svc-described";
        Answer made =
                conforms(
                        "createCredential",
                        api.post(
                                ApiServer.BOSS,
                                account + "/credentials",
                                "{\"kind\": \"client_secret\"}"));
        String credential = account + "/credentials/" + made.json().path("id").asText();
        conforms("rotateCredential", api.post(ApiServer.BOSS, credential + "/rotate", "{}"));
        conforms("listCredentials", api.get(ApiServer.BOSS, account + "/credentials"));
        conforms("getCredential", api.get(ApiServer.BOSS, credential));
        conforms(
                "createGrant",
                api.post(
                        ApiServer.BOSS,
                        account + "/grants",
                        "{\"role\": \"reader\", \"resource\":"
                                + " {\"type\": \"Quay::Organization\", \"id\": \"acme\"}}"));
        conforms("listGrants", api.get(ApiServer.BOSS, account + "/grants"));
        conforms(
                "createRevocation",
                api.post(ApiServer.BOSS, "/v1/revocations", "{\"account\": \"svc-described\"}"));
        conforms("listRevocations", api.get(ApiServer.BOSS, "/v1/revocations"));
        conforms("getServiceAccount", api.get(ApiServer.BOSS, account));
        conforms(
                "patchServiceAccount",
                api.send(ApiServer.BOSS, "PATCH", account, "{\"enabled\": false}"));
        conforms("listServiceAccounts", api.get(ApiServer.BOSS, ApiServer.ACCOUNTS));
        conforms(
                "explain",
                api.post(
                        ApiServer.BOSS,
                        "/v1/explain",
                        "{\"principal\": \"svc-described\", \"request\":"
                                + " {\"method\": \"GET\", \"target\": \"/api/v1/organization/acme\"}}"));
        for (String list :
                List.of(
                        "listRoles /v1/roles",
                        "getPolicies /v1/policies",
                        "listOperations /v1/operations",
                        "listIssuers /v1/issuers",
                        "listDecisions /v1/decisions",
                        "listEvents /v1/events",
                        "listSigningKeys /v1/signing-keys")) {
            String[] both = list.split(" ", 2);
            conforms(both[0], api.get(ApiServer.BOSS, both[1]));
        }
        conforms("rotateSigningKeys", api.post(ApiServer.BOSS, "/v1/signing-keys/rotate", "{}"));
        conforms("getServiceAccount", api.get(ApiServer.BOSS, ApiServer.ACCOUNTS + "/svc-nobody"));
        conforms("createServiceAccount", api.post(ApiServer.BOSS, ApiServer.ACCOUNTS, "{}"));
    }

    private static Answer conforms(String id, Answer answer) {
        Route route =
                api.face.routes().stream()
                        .filter(one -> one.id().equals(id))
                        .findFirst()
                        .orElseThrow();
        JsonNode response =
                operation(route).path("responses").path(Integer.toString(answer.status()));
        assertThat(response.isMissingNode())
                .as("%s answers %s: %s", id, answer.status(), answer.body())
                .isFalse();
        if (response.has("$ref")) {
            response = document.at(response.path("$ref").asText().substring(1));
        }
        JsonNode schema =
                response.path("content").path(answer.header("Content-Type")).path("schema");
        assertThat(schema.isMissingNode()).as(id + " " + answer.header("Content-Type")).isFalse();
        assertThat(new SchemaCheck(document).check(answer.json(), schema))
                .as(id + " " + answer.body())
                .isEmpty();
        return answer;
    }
}
