package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A token whose requests were allowed until now, at a server with warm caches: whatever is taken
/// from it counts at once.
class WarmServerTest {
    private static final String ACCOUNT = "/v1/service-accounts/svc-a";
    private static final String NO_PERMIT = "no_permit";

    @TempDir private Path directory;
    private TestServer server;
    private String admin;
    private String secret;
    private String credential;
    private String grant;
    private String token;

    @BeforeEach
    void warm() throws IOException {
        Path policies = directory.resolve("policies");
        copy("admin", "administrators.cedar");
        copy("roles", "organization-admin.cedar");
        Files.writeString(policies.resolve("accounts.yaml"), "groups: [{name: pdp-admins}]\n");
        server = TestServer.start(directory);
        JsonNode first =
                TestServer.JSON.readTree(
                        Files.readString(directory.resolve("data/bootstrap.json")));
        admin = token("svc-bootstrap", first.path("client_secret").asText());
        made("/v1/service-accounts", "{\"name\": \"svc-admin\", \"groups\": [\"pdp-admins\"]}");
        admin =
                token(
                        "svc-admin",
                        made(
                                        "/v1/service-accounts/svc-admin/credentials",
                                        "{\"kind\": \"client_secret\"}")
                                .path("client_secret")
                                .asText());
        made("/v1/service-accounts", "{\"name\": \"svc-a\"}");
        grant =
                made(
                                ACCOUNT + "/grants",
                                "{\"role\": \"organization-admin\", \"resource\": {\"type\": \"Quay::Organization\", \"id\": \"acme\"}}")
                        .path("id")
                        .asText();
        JsonNode made = made(ACCOUNT + "/credentials", "{\"kind\": \"client_secret\"}");
        secret = made.path("client_secret").asText();
        credential = made.path("id").asText();
        token = token("svc-a", secret);
        for (int i = 0; i < 3; i++) {
            assertThat(cause()).isEqualTo("allowed");
        }
    }

    private void copy(String folder, String name) throws IOException {
        Path to = Files.createDirectories(directory.resolve("policies").resolve(folder));
        Files.copy(
                PolicySets.REPOSITORY.resolve("policies").resolve(folder).resolve(name),
                to.resolve(name));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String cause() {
        Answer answer =
                server.post(
                        "/authorize",
                        "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/app\"}, \"token\": \"%s\"}"
                                .formatted(token));
        return answer.json().path("decision").asBoolean() ? "allowed" : answer.cause();
    }

    private JsonNode made(String path, String body) {
        Answer answer = administer("POST", path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json();
    }

    private Answer administer(String method, String path, String body) {
        return server.send(
                HttpRequest.newBuilder(server.uri(path))
                        .header("Authorization", "Bearer " + admin)
                        .header(
                                "Content-Type",
                                method.equals("PATCH")
                                        ? "application/merge-patch+json"
                                        : TestServer.JSON_TYPE)
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body)));
    }

    private void done(String method, String path, String body) {
        Answer answer = administer(method, path, body);
        assertThat(answer.status()).as(answer.body()).isBetween(200, 204);
    }

    private Answer form(String path, String account, String with, String form) {
        String basic =
                Base64.getEncoder()
                        .encodeToString((account + ":" + with).getBytes(StandardCharsets.UTF_8));
        return server.send(
                HttpRequest.newBuilder(server.uri(path))
                        .header("Authorization", "Basic " + basic)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private String token(String account, String with) {
        return form("/oauth2/token", account, with, "grant_type=client_credentials")
                .json()
                .path("access_token")
                .asText();
    }

    @Test
    void aTokenThatWasRevoked_isRefused() {
        String form = "token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
        assertThat(form("/oauth2/revoke", "svc-a", secret, form).status()).isEqualTo(200);
        assertThat(cause()).isEqualTo("token_revoked");
    }

    @Test
    void aTokenWhoseCredentialWasDeleted_isRefused() {
        done("DELETE", ACCOUNT + "/credentials/" + credential, "");
        assertThat(cause()).isEqualTo("token_revoked");
    }

    @Test
    void aTokenWhoseAccountWasDisabled_isRefused() {
        done("PATCH", ACCOUNT, "{\"enabled\": false}");
        assertThat(cause()).isEqualTo("account_disabled");
    }

    @Test
    void aTokenWhoseAccountWasDeleted_isRefused() {
        done("DELETE", ACCOUNT, "");
        assertThat(cause()).isNotEqualTo("allowed");
    }

    @Test
    void aTokenWhoseAccountLostItsGrant_isRefused() {
        done("DELETE", ACCOUNT + "/grants/" + grant, "");
        assertThat(cause()).isEqualTo(NO_PERMIT);
    }

    @Test
    void whatAPolicyForbidsThatWasPutThere_isRefused() throws IOException {
        Path access = Files.createDirectories(directory.resolve("policies/access"));
        Files.writeString(
                access.resolve("no.cedar"),
                "@id(\"no\") forbid (principal, action == Quay::Action::\"getRepo\", resource in Quay::Organization::\"acme\");\n");
        Await.until(() -> !cause().equals("allowed"));
        assertThat(cause()).isEqualTo("forbidden");
    }

    @Test
    void whatARoleGaveBeforeItWasChanged_isRefused() throws IOException {
        Path role = directory.resolve("policies/roles/organization-admin.cedar");
        Files.writeString(
                role,
                "@id(\"organization-admin\") permit (principal in ?principal, action == Quay::Action::\"getOrganization\", resource in ?resource);\n");
        Await.until(() -> !cause().equals("allowed"));
        assertThat(cause()).isEqualTo(NO_PERMIT);
    }
}
