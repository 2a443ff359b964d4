package io.quay.pdp.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.standin.StandIn;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S17 and S13: tokens for Quay at the token endpoint, and what they are worth here.
class DirectTokenTest {
    private static final String CLIENT = "grant_type=client_credentials";
    private static final String TO_QUAY = "&audience=quay";
    private static final String EXCHANGE =
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                    + "&subject_token_type=urn:ietf:params:oauth:token-type:access_token"
                    + "&subject_token=";
    private static final String PERMIT =
            """
            @id("quay-tokens") @description("Tokens for Quay") @owner("test")
            permit (principal == Quay::ServiceAccount::"svc-bootstrap",
                action == Pdp::Action::"mintQuayToken", resource == Quay::Registry::"quay");
            @id("bootstrap") @description("All") @owner("test")
            permit (principal == Quay::ServiceAccount::"svc-bootstrap",
                action in [Pdp::Action::"observe", Pdp::Action::"rotateSigningKeys"], resource);
            """;

    @TempDir private Path directory;

    private TestServer start(String policies, String more) throws IOException {
        PolicySets.copy("acme", directory);
        Path admin = directory.resolve("policies/admin");
        Files.createDirectories(admin);
        Files.writeString(admin.resolve("quay.cedar"), policies);
        return TestServer.start(directory, "quay: {audience: quay" + more + "}", Map.of());
    }

    private Answer token(TestServer server, String form) throws IOException {
        String secret =
                TestServer.JSON
                        .readTree(Files.readString(directory.resolve("data/bootstrap.json")))
                        .path("client_secret")
                        .asText();
        String basic =
                Base64.getEncoder()
                        .encodeToString(
                                ("svc-bootstrap:" + secret).getBytes(StandardCharsets.UTF_8));
        return server.send(
                HttpRequest.newBuilder(server.uri("/oauth2/token"))
                        .header("Authorization", "Basic " + basic)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private String accessToken(TestServer server, String form) throws IOException {
        Answer answer = token(server, form);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().path("access_token").asText();
    }

    private static void assertRefused(Answer answer, String error) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.json().path("error").asText()).as(answer.body()).isEqualTo(error);
    }

    @Test
    void s17APermittedAccountGetsATokenForQuayOfFiveMinutes() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            Answer answer = token(server, CLIENT + TO_QUAY);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().path("expires_in").asLong()).isBetween(290L, 300L);
            SignedJWT token = SignedJWT.parse(answer.json().path("access_token").asText());
            assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo("RS256");
            assertThat(token.getJWTClaimsSet().getIssuer())
                    .isEqualTo("http://127.0.0.1:" + server.server().port() + "/quay");
            assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("quay");
            assertThat(token.getJWTClaimsSet().getStringClaim("preferred_username"))
                    .isEqualTo("svc-bootstrap");
            assertThat(token.getJWTClaimsSet().getSubject()).isNotIn("", "svc-bootstrap");

            JsonNode discovery = server.get("/quay/.well-known/openid-configuration").json();
            assertThat(discovery.path("issuer").asText())
                    .isEqualTo(token.getJWTClaimsSet().getIssuer());
            assertThat(discovery.path("jwks_uri").asText()).endsWith("/quay/jwks");
            assertThat(server.get("/quay/jwks").body()).contains(token.getHeader().getKeyID());
            assertThat(server.get("/oauth2/jwks").body())
                    .doesNotContain(token.getHeader().getKeyID());
        }
    }

    @Test
    void s17AnAccountThatNoPolicyPermits_getsNoTokenForQuay() throws Exception {
        try (TestServer server =
                start(PERMIT.replace("mintQuayToken", "createServiceAccount"), "")) {
            assertRefused(token(server, CLIENT + TO_QUAY), "invalid_target");
            assertThat(token(server, CLIENT).status()).isEqualTo(200);
        }
    }

    @Test
    void s17AScopedOrExchangedToken_isNotExchangedForOneForQuay() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            String plain = accessToken(server, CLIENT);
            String scoped = accessToken(server, CLIENT + "&scope=repo:read");
            assertRefused(token(server, EXCHANGE + plain + TO_QUAY), "invalid_target");
            assertRefused(token(server, EXCHANGE + scoped + TO_QUAY), "invalid_target");
        }
    }

    @Test
    void s17ANarrowedTokenForQuay_isRefused() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            assertRefused(token(server, CLIENT + TO_QUAY + "&scope=repo:read"), "invalid_scope");
        }
    }

    @Test
    void s17ATokenForQuayAndAnotherAudience_isRefused() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            String us =
                    URLEncoder.encode(
                            "http://127.0.0.1:" + server.server().port(), StandardCharsets.UTF_8);
            assertRefused(token(server, CLIENT + TO_QUAY + "&audience=" + us), "invalid_target");
        }
    }

    @Test
    void s17ATokenForQuayWhereRightsAreNotTheUsersOwn_isRefused() throws Exception {
        try (TestServer server = start(PERMIT, ", rights: superuser")) {
            assertRefused(token(server, CLIENT + TO_QUAY), "invalid_target");
        }
    }

    private static StandIn quay(String... superusers) throws IOException {
        return StandIn.start(0, "-", "quay", List.of(superusers), Clock.systemUTC());
    }

    /// Before that Quay, which finds the server's keys.
    private TestServer start(StandIn quay) throws IOException {
        TestServer server = start(PERMIT, ", base_url: \"" + quay.url() + "\"");
        quay.trust("http://127.0.0.1:" + server.server().port() + "/quay");
        return server;
    }

    @Test
    void s14QuayIsAskedWhoTheAccountIsBeforeEachToken() throws Exception {
        try (StandIn quay = quay("quayadmin");
                TestServer server = start(quay)) {
            accessToken(server, CLIENT + TO_QUAY);
            quay.rename("svc-bootstrap", "svc-other");
            assertNotMinted(server, "invalid_target", "its own user");
            assertThat(quay.seen())
                    .extracting(StandIn.Seen::target)
                    .containsExactly("/api/v1/user/", "/api/v1/user/");
        }
    }

    @Test
    void s14ATokenForQuayForASquattedName_isRefused() throws Exception {
        try (StandIn quay = quay("quayadmin");
                TestServer server = start(quay)) {
            quay.squat("svc-bootstrap");
            assertNotMinted(server, "invalid_target", "its own user");
        }
    }

    @Test
    void s15ATokenForQuayForAnUnusedNameOfItsSuperusers_isRefused() throws Exception {
        try (StandIn quay = quay("quayadmin", "svc-bootstrap");
                TestServer server = start(quay)) {
            assertNotMinted(server, "invalid_target", "its own user");
        }
    }

    @Test
    void s14ATokenForAQuayThatDoesNotSayWhoTheAccountIs_isRefused() throws Exception {
        try (StandIn quay = quay("quayadmin");
                TestServer server = start(quay)) {
            quay.breakDown(true);
            assertNotMinted(server, "temporarily_unavailable", "who this account is");
        }
    }

    @Test
    void s15AnAccountThatNoPolicyPermitsTokensForQuay_isNotShownToIt() throws Exception {
        try (StandIn quay = quay("quayadmin");
                TestServer server =
                        start(
                                PERMIT.replace("mintQuayToken", "createServiceAccount"),
                                ", base_url: \"" + quay.url() + "\"")) {
            assertNotMinted(server, "invalid_target", "no policy permits");
            assertThat(quay.seen()).isEmpty();
        }
    }

    private void assertNotMinted(TestServer server, String error, String description)
            throws IOException {
        JsonNode answer = token(server, CLIENT + TO_QUAY).json();
        assertThat(answer.path("error").asText()).as("%s", answer).isEqualTo(error);
        assertThat(answer.path("error_description").asText()).contains(description);
        assertThat(answer.has("access_token")).isFalse();
    }

    /// S21: for keys that leaked.
    @Test
    void theKeysForQuayAreReplacedAlone() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            String access = server.get("/oauth2/jwks").body();
            JsonNode before = server.get("/quay/jwks").json().path("keys");
            Answer answer =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/v1/signing-keys/rotate"))
                                    .header(
                                            "Authorization",
                                            "Bearer " + accessToken(server, CLIENT))
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"compromised\": true, \"ring\": \"quay\"}")));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            String after = server.get("/quay/jwks").body();
            assertThat(before).isNotEmpty();
            before.forEach(key -> assertThat(after).doesNotContain(key.path("kid").asText()));
            assertThat(server.get("/oauth2/jwks").body()).isEqualTo(access);
        }
    }

    @Test
    void s17ATokenForQuay_isWorthNothingHere() throws Exception {
        try (TestServer server = start(PERMIT, "")) {
            String forQuay = accessToken(server, CLIENT + TO_QUAY);
            assertThat(
                            server.send(
                                            HttpRequest.newBuilder(
                                                            server.uri("/v1/service-accounts"))
                                                    .header("Authorization", "Bearer " + forQuay))
                                    .status())
                    .isEqualTo(401);
            Answer decision =
                    server.post(
                            "/authorize",
                            "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/user/\"},"
                                    + " \"token\": \""
                                    + forQuay
                                    + "\"}");
            assertThat(decision.json().path("decision").asBoolean()).isFalse();
            assertThat(decision.cause()).isEqualTo("invalid_token");
            assertRefused(token(server, EXCHANGE + forQuay), "invalid_request");
            Answer introspected =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/oauth2/introspect"))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .POST(HttpRequest.BodyPublishers.ofString("token=" + forQuay)));
            assertThat(introspected.json().path("active").asBoolean(true)).isFalse();
        }
    }
}
