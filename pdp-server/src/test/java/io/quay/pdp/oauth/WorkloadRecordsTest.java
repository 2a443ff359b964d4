package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.json;
import static io.quay.pdp.oauth.WorkloadServer.ACCOUNT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.oauth.WorkloadServer.Shown;
import io.quay.pdp.token.OAuthException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is recorded of workload tokens: whose they were and which run of it, and from each later
/// decision back to there. Never a token.
class WorkloadRecordsTest {
    @TempDir private Path directory;

    @ParameterizedTest
    @EnumSource
    void anExchangeIsRecordedWithTheWorkloadItsRunAndTheTokensHash(Shown shown) throws Exception {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            String token = server.runner();
            String exchanged =
                    json(server.show(shown, ACCOUNT, token)).path("access_token").asText();
            Map<String, String> event = last("event");
            assertThat(event)
                    .containsEntry("kind", "token.issued")
                    .containsEntry("account", ACCOUNT);
            assertThat(event.get("credential_id")).isNull();
            assertThat(event.get("policies")).isEqualTo("[\"runner\"]");
            JsonNode details = TestServer.JSON.readTree(event.get("details"));
            assertThat(details.path("issuer").asText()).isEqualTo("cluster");
            assertThat(details.path("subject").asText())
                    .isEqualTo("system:serviceaccount:ci:runner");
            assertThat(details.path("run.pod_uid").asText())
                    .isEqualTo("778a530c-b3f5-4c6b-9f0a-53ab64e6b1d5");
            assertThat(details.path("token_hash").asText())
                    .isEqualTo(ClientSecret.sha256Hex(token));
            assertThat(event.get("target")).isEqualTo(id(exchanged));
            assertThat(
                            new String(
                                    Base64.getUrlDecoder().decode(exchanged.split("\\.", -1)[1]),
                                    StandardCharsets.UTF_8))
                    .as("the token leads to the workload and does not tell of it")
                    .doesNotContain("runner", "778a530c");

            server.oauth().authorize(exchanged);
            assertThat(last("decision")).containsEntry("token_id", event.get("target"));
        }
    }

    /// A narrowed token has an event of its own, which names the one that it was made from.
    @Test
    void aDecisionWithANarrowedTokenLeadsBackToTheExchange() throws Exception {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            String exchanged =
                    json(server.show(Shown.SUBJECT_JWT, ACCOUNT, server.runner()))
                            .path("access_token")
                            .asText();
            String narrowed =
                    json(server.oauth()
                                    .token(
                                            null,
                                            "grant_type",
                                            WorkloadServer.EXCHANGE,
                                            "subject_token_type",
                                            WorkloadServer.ACCESS_TOKEN,
                                            "subject_token",
                                            exchanged,
                                            "scope",
                                            "repo:read"))
                            .path("access_token")
                            .asText();
            server.oauth().authorize(narrowed);
            assertThat(last("decision")).containsEntry("token_id", id(narrowed));
            Map<String, String> event = last("event");
            assertThat(event).containsEntry("target", id(narrowed));
            assertThat(
                            TestServer.JSON
                                    .readTree(event.get("details"))
                                    .path("subject_token")
                                    .asText())
                    .isEqualTo(id(exchanged));
        }
    }

    @Test
    void aDecisionWithTheWorkloadTokenItselfHasItsHash() throws Exception {
        try (WorkloadServer server =
                WorkloadServer.start(directory, "federation: {direct: true}")) {
            String token = server.runner();
            server.oauth()
                    .server()
                    .post(
                            "/authorize",
                            "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/app\"}, \"token\": \"%s\", \"account\": \"%s\"}"
                                    .formatted(token, ACCOUNT));
            assertThat(last("decision"))
                    .containsEntry("token_id", "sha256:" + ClientSecret.sha256Hex(token));
        }
    }

    @Test
    void aRefusalIsRecordedWithItsExactCauseAndWhatWasProved() throws Exception {
        TokenDesk desk = new TokenDesk(directory);
        String other = desk.job("job-3");
        assertRefused(desk, other);
        Event untrusted = desk.lastEvent();
        assertThat(untrusted.account()).isEqualTo(TokenDesk.CLIENT);
        assertThat(untrusted.actor()).isNull();
        assertThat(untrusted.cause()).isEqualTo("invalid_grant");
        assertThat(untrusted.details())
                .containsEntry("issuer", "ci")
                .containsEntry("subject", "job-3")
                .containsEntry("token_hash", ClientSecret.sha256Hex(other));
        assertThat(untrusted.details().get("reason")).contains("no_permit");

        String forged = desk.job(TokenDesk.JOB) + "AA";
        assertRefused(desk, forged);
        assertThat(desk.lastEvent().details())
                .doesNotContainKeys("issuer", "subject")
                .containsEntry("token_hash", ClientSecret.sha256Hex(forged));

        assertThatThrownBy(() ->
                        desk.service.token(
                                TokenDesk.exchange(
                                        desk.job(TokenDesk.JOB), "jwt", "scope", "everything")))
                .isInstanceOf(OAuthException.class);
        assertThat(desk.lastEvent().details())
                .as("refused for its scope, after the workload was proved")
                .containsEntry("subject", TokenDesk.JOB);
    }

    private static void assertRefused(TokenDesk desk, String token) {
        assertThatThrownBy(() -> desk.service.token(TokenDesk.bearer(token)))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e ->
                                assertThat(e.description())
                                        .isEqualTo("the assertion is not accepted"));
    }

    /// S6, machine identity's threat 21.
    @Test
    void noTokenIsKeptAnywhere() throws Exception {
        List<String> secrets = new ArrayList<>();
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            for (Shown shown : Shown.values()) {
                String token = server.runner();
                secrets.add(token);
                secrets.add(json(server.show(shown, ACCOUNT, token)).path("access_token").asText());
                server.show(shown, "svc-ci", token);
            }
        }
        StringBuilder files = new StringBuilder();
        try (Stream<Path> all = Files.list(directory.resolve("data"))) {
            for (Path file : all.toList()) {
                files.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(files).contains("system:serviceaccount:ci:runner");
        for (String secret : secrets) {
            String[] parts = secret.split("\\.", -1);
            assertThat(files.indexOf(parts[1])).as("claims").isEqualTo(-1);
            assertThat(files.indexOf(parts[2])).as("signature").isEqualTo(-1);
        }
    }

    /// The `jti` of an access token of ours.
    private static String id(String token) throws Exception {
        return TestServer.JSON
                .readTree(java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]))
                .path("jti")
                .asText();
    }

    /// The newest row of a table.
    private Map<String, String> last(String table) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("data/pdp.db"));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT * FROM " + table + " ORDER BY id DESC LIMIT 1")) {
            assertThat(row.next()).isTrue();
            Map<String, String> columns = new java.util.HashMap<>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                columns.put(row.getMetaData().getColumnName(i), row.getString(i));
            }
            return columns;
        }
    }
}
