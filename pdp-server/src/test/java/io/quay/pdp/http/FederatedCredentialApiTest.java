package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `/v1/service-accounts/{name}/credentials` of kind `federated`.
class FederatedCredentialApiTest extends ApiRules {
    private static final String JOB =
            "{\"kind\": \"federated\", \"issuer\": \"ci\", \"subject\": \"job-1\"}";

    private Answer create(String body) {
        return api.post(BOSS, account + "/credentials", body);
    }

    private static String body(String issuer, String subject) {
        return "{\"kind\": \"federated\", \"issuer\": \"%s\", \"subject\": \"%s\"}"
                .formatted(issuer, subject);
    }

    @Test
    void itIsMadeReadListedAndDeletedLikeAnyOther() {
        Answer made = create(JOB);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        JsonNode json = made.json();
        assertThat(json.path("kind").asText()).isEqualTo("federated");
        assertThat(json.path("issuer").asText()).isEqualTo("ci");
        assertThat(json.path("subject").asText()).isEqualTo("job-1");
        assertThat(json.path("audience").isNull()).isTrue();
        assertThat(json.path("client_id").asText()).isEqualTo(name);
        assertThat(json.has("client_secret")).isFalse();
        assertThat(json.path("expires_at").isTextual()).isTrue();

        String location = made.header("Location");
        JsonNode read = api.get(BOSS, location).json();
        assertThat(read.path("subject").asText()).isEqualTo("job-1");
        assertThat(read.path("last_used_at").isNull()).isTrue();
        assertThat(api.get(BOSS, account + "/credentials").json().path("items"))
                .extracting(item -> item.path("id").asText())
                .contains(json.path("id").asText());
        assertThat(api.send(BOSS, "DELETE", location, null).status()).isEqualTo(204);
        assertThat(api.get(BOSS, location).status()).isEqualTo(404);
    }

    @Test
    void theAudienceIsTheIssuersOrLeftOut() {
        Answer made =
                create(
                        JOB.replace(
                                "\"job-1\"",
                                "\"job-1\", \"audience\": \"https://pdp.example.com\""));
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.json().path("audience").asText()).isEqualTo("https://pdp.example.com");
        Answer other =
                refused(
                        create(JOB.replace("\"job-1\"", "\"job-2\", \"audience\": \"sigstore\"")),
                        422,
                        "invalid-content");
        assertThat(other.body()).contains("/audience");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    none | job-1                                                    | /issuer
                    https://ci.example.com | job-1                                  | /issuer
                    ci   | ''                                                       | /subject
                    ci   | job\\u0000                                               | /subject
                    hub  | repo:acme/app:ref:refs/heads/main                        | /subject
                    hub  | repo:acme@1/app:ref:refs/heads/main                      | /subject
                    hub  | *                                                        | /subject
                    hub  | repo:acme@123456/app@456789:pull_request                 | /subject
                    ci   | job-*                                                    | /subject
                    ci   | ' job-1'                                                 | /subject
                    ci   | 'job-1 '                                                 | /subject
                    lab  | project_path:acme/app:ref_type:branch:ref:main           | /subject
                    """)
    void aWorkloadThatCannotBeNamedSoForEver_isRefused(
            String issuer, String subject, String pointer) {
        Answer answer = refused(create(body(issuer, subject)), 422, "invalid-content");
        assertThat(answer.body()).contains("\"" + pointer + "\"");
    }

    @Test
    void aSubjectWithIdsOfASharedIssuerIsTaken() {
        Answer made = create(body("hub", "repo:acme@123456/app@456789:ref:refs/heads/main"));
        assertThat(made.status()).as(made.body()).isEqualTo(201);
    }

    @Test
    void oneWithoutIssuerOrSubject_isRefused() {
        Answer answer = refused(create("{\"kind\": \"federated\"}"), 422, "invalid-content");
        assertThat(answer.body()).contains("/issuer", "/subject");
        refused(create(JOB.replace("}", ", \"jwk\": {}}")), 422, "invalid-content");
    }

    @Test
    void aSecondOneForTheWorkload_isRefusedForThisAccountAlone() {
        assertThat(create(JOB).status()).isEqualTo(201);
        refused(create(JOB), 409, "credential-taken");
        api.make(name + "-2", null);
        assertThat(api.post(BOSS, ACCOUNTS + "/" + name + "-2/credentials", JOB).status())
                .isEqualTo(201);
    }

    @Test
    void itsRotation_isRefusedForItHoldsNothing() {
        String location = create(JOB).header("Location");
        refused(api.post(BOSS, location + "/rotate", "{}"), 409, "conflict");
        refused(
                api.post(
                        BOSS,
                        location + "/rotate",
                        "{\"secret_sha256\": \"" + "a".repeat(64) + "\"}"),
                409,
                "conflict");
    }

    @Test
    void moreThanTwenty_areRefused() {
        for (int i = 0; i < 20; i++) {
            assertThat(create(body("ci", "many-" + i)).status()).isEqualTo(201);
        }
        refused(create(JOB), 409, "conflict");
    }

    @Test
    void aDryRunMakesNothing() {
        assertThat(api.post(BOSS, account + "/credentials?dry_run=true", JOB).status())
                .isLessThan(300);
        assertThat(create(JOB).status()).isEqualTo(201);
    }

    @Test
    void aCallerWithoutPermit_isForbidden() {
        refused(api.post(name, account + "/credentials", JOB), 403, "forbidden");
    }
}
