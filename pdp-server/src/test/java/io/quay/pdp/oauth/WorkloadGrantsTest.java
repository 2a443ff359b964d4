package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.basic;
import static io.quay.pdp.oauth.OAuthServer.json;
import static io.quay.pdp.oauth.WorkloadServer.ACCESS_TOKEN;
import static io.quay.pdp.oauth.WorkloadServer.ACCOUNT;
import static io.quay.pdp.oauth.WorkloadServer.BEARER;
import static io.quay.pdp.oauth.WorkloadServer.EXCHANGE;
import static io.quay.pdp.oauth.WorkloadServer.job;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TestKey;
import io.quay.pdp.oauth.WorkloadServer.Shown;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Workload tokens at the token endpoint, over HTTP: every grant takes the same ones and refuses
/// the same ones, each with its error.
class WorkloadGrantsTest {
    @TempDir private static Path directory;
    private static WorkloadServer server;

    @BeforeAll
    static void start() {
        server = WorkloadServer.start(directory, "federation: {direct: true}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertRefused(Shown shown, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(shown.status);
        assertThat(json(answer).path("error").asText()).isEqualTo(shown.error);
        assertThat(json(answer).path("error_description").asText())
                .isEqualTo(
                        switch (shown) {
                            case SUBJECT_JWT, SUBJECT_ID_TOKEN ->
                                    "the subject token is not accepted";
                            case BEARER_ASSERTION -> "the assertion is not accepted";
                            case CLIENT_ASSERTION -> "client authentication failed";
                        });
    }

    private static void assertRequestRefused(HttpResponse<String> answer, String description) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("error").asText()).isEqualTo("invalid_request");
        assertThat(json(answer).path("error_description").asText()).contains(description);
    }

    private static String token(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).path("access_token").asText();
    }

    @ParameterizedTest
    @EnumSource
    void aTrustedWorkloadGetsATokenOfTheAccountThatItNames(Shown shown) {
        HttpResponse<String> answer = server.show(shown, ACCOUNT, server.runner());
        JsonNode body = json(answer);
        JsonNode decision = server.oauth().authorize(token(answer));
        assertThat(decision.at("/decision").asBoolean()).as("%s", decision).isTrue();
        assertThat(decision.at("/context/principal/id").asText()).isEqualTo(ACCOUNT);
        assertThat(body.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(body.path("expires_in").asLong()).isBetween(295L, 300L);
        assertThat(body.has("scope")).isFalse();
        assertThat(body.path("issued_token_type").asText())
                .isEqualTo(
                        switch (shown) {
                            case SUBJECT_JWT, SUBJECT_ID_TOKEN -> ACCESS_TOKEN;
                            case BEARER_ASSERTION, CLIENT_ASSERTION -> "";
                        });
    }

    @ParameterizedTest
    @EnumSource
    void scopesNarrowTheTokenAndUnknownOnesAreRefused(Shown shown) {
        HttpResponse<String> narrowed =
                server.show(shown, ACCOUNT, server.runner(), "scope", "repo:read");
        assertThat(json(narrowed).path("scope").asText()).isEqualTo("repo:read");
        HttpResponse<String> unknown =
                server.show(shown, ACCOUNT, server.runner(), "scope", "everything");
        assertThat(json(unknown).path("error").asText()).isEqualTo("invalid_scope");
        HttpResponse<String> elsewhere =
                server.show(
                        shown, ACCOUNT, server.runner(), "audience", "https://evil.example.com");
        assertThat(json(elsewhere).path("error").asText()).isEqualTo("invalid_target");
    }

    /// The account is always named and never picked, however many accounts the workload may be.
    @ParameterizedTest
    @EnumSource
    void aTokenWithoutTheAccount_isRefused(Shown shown) {
        assertRequestRefused(server.show(shown, "", server.runner()), "client_id");
        assertRequestRefused(server.show(shown, "", server.runner(), "client_id", ""), "client_id");
    }

    /// Nobody learns which accounts there are.
    @ParameterizedTest
    @EnumSource
    void anAccountThatIsUnknownOrDisabledOrNotTheWorkloads_isRefusedWithOneAnswer(Shown shown) {
        for (String account :
                List.of(
                        "svc-nobody",
                        "svc-off",
                        "svc-ci",
                        "SVC-TERRAFORM",
                        "svc-terraform ",
                        "x")) {
            assertRefused(shown, server.show(shown, account, server.runner()));
        }
    }

    private record Bad(String what, Function<WorkloadServer, String> token) {}

    private static Bad changed(String what, String claim, Object value) {
        return new Bad(
                what,
                it -> {
                    Map<String, Object> claims = new LinkedHashMap<>(it.runnerClaims());
                    claims.put(claim, value);
                    return it.cluster().sign(claims);
                });
    }

    private static Bad typed(String type) {
        return new Bad(
                "typ " + type,
                it -> {
                    Map<String, Object> header = it.cluster().header();
                    header.put("typ", type);
                    return it.cluster().sign(header, it.runnerClaims());
                });
    }

    private static List<Bad> bad() {
        Instant now = Instant.now();
        return List.of(
                new Bad("no token", _ -> "garbage"),
                new Bad("empty parts", _ -> ".."),
                new Bad("encrypted", it -> it.runner() + ".a.b"),
                new Bad(
                        "another workload",
                        it ->
                                it.cluster()
                                        .sign(
                                                it.cluster()
                                                        .kubernetesClaims(
                                                                "ci", "other", Instant.now()))),
                new Bad(
                        "another key under the same name",
                        it ->
                                it.cluster()
                                        .with(TestKey.generate("key-1", "ES256"))
                                        .sign(it.runnerClaims())),
                new Bad(
                        "another issuer's key",
                        it -> it.cluster().with(it.ci().key()).sign(it.runnerClaims())),
                new Bad(
                        "unsigned",
                        it ->
                                it.cluster()
                                                .signText("{\"alg\":\"none\"}", "{}")
                                                .replaceAll("\\.[^.]*\\.[^.]*$", "")
                                        + "."
                                        + it.runner().split("\\.", -1)[1]
                                        + "."),
                new Bad(
                        "a symmetric algorithm",
                        it -> {
                            Map<String, Object> header = it.cluster().header();
                            header.put("alg", "HS256");
                            return it.cluster().sign(header, it.runnerClaims());
                        }),
                new Bad(
                        "an embedded key",
                        it -> {
                            TestIssuer own = it.cluster().with(TestKey.generate("mine", "ES256"));
                            Map<String, Object> header = own.header();
                            header.put("jwk", own.key().jwk());
                            return own.sign(header, it.runnerClaims());
                        }),
                changed("an unknown issuer", "iss", "https://evil.example.com"),
                changed("the issuer with a slash", "iss", "https://cluster.example.com/"),
                changed("another service's audience", "aud", "sigstore"),
                changed("two audiences", "aud", List.of(TestIssuer.AUDIENCE, "sigstore")),
                changed("no audience", "aud", List.of()),
                changed("an empty audience", "aud", ""),
                new Bad(
                        "no audience claim",
                        it -> {
                            Map<String, Object> claims = it.runnerClaims();
                            claims.remove("aud");
                            return it.cluster().sign(claims);
                        }),
                new Bad(
                        "the audience null",
                        it -> {
                            TestIssuer cluster = it.cluster();
                            return cluster.signText(
                                    TestServer.JSON.valueToTree(cluster.header()).toString(),
                                    TestServer.JSON
                                            .valueToTree(it.runnerClaims())
                                            .toString()
                                            .replaceFirst("\"aud\":\\[[^]]*]", "\"aud\":null"));
                        }),
                changed("the audience as a number", "aud", 7),
                changed("the API server's audience", "aud", "https://kubernetes.default.svc"),
                changed(
                        "the token endpoint as audience",
                        "aud",
                        "https://pdp.example.com/oauth2/token"),
                changed("expired", "exp", now.minusSeconds(61).getEpochSecond()),
                changed("not yet valid", "nbf", now.plusSeconds(120).getEpochSecond()),
                changed("issued in the future", "iat", now.plusSeconds(120).getEpochSecond()),
                changed("a subject that is a number", "sub", 123),
                changed("a year of life", "exp", now.plusSeconds(31_536_000).getEpochSecond()),
                typed("at+jwt"),
                typed("wit+jwt"),
                typed("dpop+jwt"),
                typed("client-authentication+jwt"),
                new Bad("too long", it -> it.runner() + "x".repeat(16_384 - it.runner().length())),
                new Bad("an access token of ours", it -> it.oauth().bootstrapToken()));
    }

    static Stream<Arguments> badTokens() {
        return Arrays.stream(Shown.values())
                .flatMap(shown ->
                        bad().stream()
                                .map(bad ->
                                        Arguments.argumentSet(
                                                shown + ": " + bad.what(), shown, bad.token())));
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    void aTokenThatProvesNothing_isRefused(Shown shown, Function<WorkloadServer, String> token) {
        assertRefused(shown, server.show(shown, ACCOUNT, token.apply(server)));
    }

    @ParameterizedTest
    @EnumSource
    void whileTheIssuersKeysCannotBeHad_theServerIsUnavailable(Shown shown) {
        TestIssuer down = TestIssuer.create("https://down.example.com");
        HttpResponse<String> answer =
                server.show(shown, ACCOUNT, down.sign(down.oidcClaims("job", Instant.now())));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(json(answer).path("error").asText()).isEqualTo("temporarily_unavailable");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @ParameterizedTest
    @EnumSource(names = "CLIENT_ASSERTION", mode = EnumSource.Mode.EXCLUDE)
    void aWorkloadTokenBesideAClientsSecret_isRefused(Shown shown) {
        OAuthServer oauth = server.oauth();
        assertRequestRefused(
                oauth.token(
                        basic("svc-bootstrap", oauth.bootstrapSecret()),
                        shown.form("svc-bootstrap", server.runner())),
                "proof enough");
    }

    @Test
    void aClientAssertionBesideASecret_isRefused() {
        assertRequestRefused(
                server.oauth()
                        .token(
                                basic("svc-bootstrap", server.oauth().bootstrapSecret()),
                                Shown.CLIENT_ASSERTION.form(ACCOUNT, server.runner())),
                "more than one way");
        assertRequestRefused(
                server.show(Shown.CLIENT_ASSERTION, ACCOUNT, server.runner(), "client_secret", "x"),
                "more than one way");
    }

    @ParameterizedTest
    @EnumSource
    void aParameterThatComesTwice_isRefused(Shown shown) {
        for (String name : List.of(shown.parameter(), "client_id", "grant_type")) {
            String body =
                    OAuthServer.form(OAuthServer.parameters(shown.form(ACCOUNT, server.runner())))
                            + "&"
                            + name
                            + "=x";
            assertRequestRefused(
                    server.oauth().post("/oauth2/token", null, OAuthServer.FORM, body),
                    "more than once");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "actor_token, x",
        "actor_token_type, urn:ietf:params:oauth:token-type:jwt",
    })
    void actorTokens_areRefused(String name, String value) {
        assertRequestRefused(
                server.show(Shown.SUBJECT_JWT, ACCOUNT, server.runner(), name, value), "actor");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "urn:ietf:params:oauth:token-type:saml1",
                "urn:ietf:params:oauth:token-type:saml2",
                "urn:ietf:params:oauth:token-type:refresh_token",
                "jwt",
                "urn:ietf:params:oauth:token-type:JWT",
            })
    void otherTypesOfSubjectTokens_areRefused(String type) {
        assertRequestRefused(
                server.oauth()
                        .token(
                                null,
                                "grant_type",
                                EXCHANGE,
                                "client_id",
                                ACCOUNT,
                                "subject_token_type",
                                type,
                                "subject_token",
                                server.runner()),
                "subject_token_type");
    }

    @Test
    void aRequestForAnotherTypeOfToken_isRefused() {
        assertRequestRefused(
                server.show(
                        Shown.SUBJECT_JWT,
                        ACCOUNT,
                        server.runner(),
                        "requested_token_type",
                        "urn:ietf:params:oauth:token-type:saml2"),
                "requested_token_type");
    }

    @ParameterizedTest
    @EnumSource
    void aMissingToken_isRefused(Shown shown) {
        assertRequestRefused(server.show(shown, ACCOUNT, ""), shown.parameter());
    }

    /// Cross-JWT confusion (RFC 8725 §2.8): a workload's token is none of ours.
    @Test
    void aWorkloadTokenAsAnAccessToken_isRefused() {
        assertRefused(
                Shown.SUBJECT_JWT,
                server.oauth()
                        .token(
                                null,
                                "grant_type",
                                EXCHANGE,
                                "client_id",
                                ACCOUNT,
                                "subject_token_type",
                                ACCESS_TOKEN,
                                "subject_token",
                                server.runner()));
        assertThat(server.oauth().api(server.runner(), "GET", "/v1/roles", null).statusCode())
                .isEqualTo(401);
    }

    @Test
    void anAccessTokenThatWasExchanged_isNoWorkloadToken() {
        String exchanged = token(server.show(Shown.BEARER_ASSERTION, ACCOUNT, server.runner()));
        for (Shown shown : Shown.values()) {
            assertRefused(shown, server.show(shown, ACCOUNT, exchanged));
        }
    }

    /// Of an issuer that is registered, but of another kind.
    @Test
    void aTokenThatIsNoSvid_isRefusedAsOne() {
        assertRefused(Shown.CLIENT_ASSERTION, server.showSvid(ACCOUNT, server.runner()));
    }

    @Test
    void anSvidIsTakenAsClientAssertionOfItsOwnTypeAndByTheGrants() {
        String svid = server.svid(WorkloadServer.SPIFFE_ID);
        assertThat(token(server.showSvid(ACCOUNT, svid))).isNotEmpty();
        for (Shown shown : List.of(Shown.SUBJECT_JWT, Shown.BEARER_ASSERTION)) {
            assertThat(token(server.show(shown, ACCOUNT, svid))).isNotEmpty();
        }
    }

    /// RFC 7523 §3 wants an `iss`; the type for SVIDs does not.
    @Test
    void anSvidWithoutIssuerAsAGeneralClientAssertion_isRefused() {
        assertRefused(
                Shown.CLIENT_ASSERTION,
                server.show(
                        Shown.CLIENT_ASSERTION, ACCOUNT, server.svid(WorkloadServer.SPIFFE_ID)));
    }

    @Test
    void anSvidOfAnotherWorkloadOrTrustDomain_isRefused() {
        for (String id :
                List.of(
                        "spiffe://example.org/ns/ci/sa/other",
                        "spiffe://example.com/ns/ci/sa/runner",
                        "spiffe://example.org")) {
            assertRefused(Shown.CLIENT_ASSERTION, server.showSvid(ACCOUNT, server.svid(id)));
        }
        assertRefused(
                Shown.CLIENT_ASSERTION,
                server.showSvid("svc-ci", server.svid(WorkloadServer.SPIFFE_ID)));
    }

    @Test
    void anSvidWithoutTheAccount_isRefused() {
        assertRequestRefused(
                server.showSvid("", server.svid(WorkloadServer.SPIFFE_ID)), "client_id");
    }

    /// Cross-JWT confusion.
    @Test
    void anSvidAsAnAccessToken_isRefused() {
        String svid = server.svid(WorkloadServer.SPIFFE_ID);
        assertRefused(
                Shown.SUBJECT_JWT,
                server.oauth()
                        .token(
                                null,
                                "grant_type",
                                EXCHANGE,
                                "client_id",
                                ACCOUNT,
                                "subject_token_type",
                                ACCESS_TOKEN,
                                "subject_token",
                                svid));
        assertThat(server.oauth().api(svid, "GET", "/v1/roles", null).statusCode()).isEqualTo(401);
    }

    /// What a job does at its end: it needs no secret for that either.
    @Test
    void aWorkloadRevokesItsOwnTokenAndNoOtherAccounts() {
        String exchanged = token(server.show(Shown.SUBJECT_JWT, ACCOUNT, server.runner()));
        assertThat(status("/oauth2/introspect", exchanged).path("active").asBoolean()).isTrue();
        String others = server.oauth().bootstrapToken();
        assertThat(status("/oauth2/introspect", others).path("active").asBoolean(true)).isFalse();
        assertThat(status("/oauth2/revoke", others).path("error").asText())
                .isEqualTo("unauthorized_client");
        assertThat(status("/oauth2/revoke", exchanged).isNull()).isTrue();
        assertThat(status("/oauth2/introspect", exchanged).path("active").asBoolean(true))
                .isFalse();
        assertThat(server.oauth().authorize(exchanged).path("decision").asBoolean(true)).isFalse();
    }

    /// The endpoint's answer to the workload `runner` about a token; JSON's null when it is empty.
    private static JsonNode status(String path, String token) {
        HttpResponse<String> answer =
                server.oauth()
                        .post(
                                path,
                                null,
                                OAuthServer.FORM,
                                OAuthServer.form(
                                        OAuthServer.parameters(
                                                "client_id",
                                                ACCOUNT,
                                                "client_assertion_type",
                                                WorkloadServer.ASSERTION,
                                                "client_assertion",
                                                server.runner(),
                                                "token",
                                                token)));
        return answer.body().isEmpty() ? NullNode.getInstance() : json(answer);
    }

    @Test
    void aTokenWithCountedUses_isRefusedAtAuthorizeWithTheReason() {
        String token = job(server.ci());
        JsonNode answer = direct(token);
        assertThat(answer.path("decision").asBoolean(true)).isFalse();
        assertThat(answer.at("/context/cause").asText()).isEqualTo("invalid_token");
        assertThat(answer.at("/context/message").asText()).contains("exchange it");
        // and that used nothing up
        assertThat(server.show(Shown.SUBJECT_JWT, ACCOUNT, token).statusCode()).isEqualTo(200);
        assertThat(direct(server.runner()).path("decision").asBoolean()).isTrue();
    }

    private static JsonNode direct(String token) {
        return server.oauth()
                .server()
                .post(
                        "/authorize",
                        "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/app\"}, \"token\": \"%s\", \"account\": \"%s\"}"
                                .formatted(token, ACCOUNT))
                .json();
    }

    /// The exchanged token ends when the workload token would: nobody lengthens a proof.
    @Test
    void aTokenForAWorkloadTokenThatIsAboutToEnd_livesNoLongerThanThat() {
        Map<String, Object> claims = new LinkedHashMap<>(server.runnerClaims());
        Instant end = Instant.now().plusSeconds(30);
        claims.put("exp", end.getEpochSecond());
        HttpResponse<String> answer =
                server.show(Shown.SUBJECT_JWT, ACCOUNT, server.cluster().sign(claims));
        assertThat(json(answer).path("expires_in").asLong()).isBetween(80L, 90L);
    }

    /// RFC 8693: what is made from an exchanged token is narrower and ends no later.
    @Test
    void anExchangedTokenIsNarrowedLikeAnyOther_andNeverWidenedAgain() {
        String exchanged =
                token(
                        server.show(
                                Shown.SUBJECT_JWT, ACCOUNT, server.runner(), "scope", "repo:read"));
        HttpResponse<String> wider =
                server.oauth()
                        .token(
                                null,
                                "grant_type",
                                EXCHANGE,
                                "subject_token_type",
                                ACCESS_TOKEN,
                                "subject_token",
                                exchanged,
                                "scope",
                                "repo:read repo:write");
        assertThat(json(wider).path("error").asText()).isEqualTo("invalid_scope");
        HttpResponse<String> same =
                server.oauth()
                        .token(
                                null,
                                "grant_type",
                                EXCHANGE,
                                "subject_token_type",
                                ACCESS_TOKEN,
                                "subject_token",
                                exchanged);
        assertThat(json(same).path("scope").asText()).isEqualTo("repo:read");
        assertThat(server.oauth().authorize(token(same)).path("decision").asBoolean()).isTrue();
    }

    @Test
    void parametersInTheUrl_areRefused() {
        assertThat(
                        server.oauth()
                                .post(
                                        "/oauth2/token?client_id=" + ACCOUNT,
                                        null,
                                        OAuthServer.FORM,
                                        OAuthServer.form(
                                                OAuthServer.parameters(
                                                        "grant_type",
                                                        BEARER,
                                                        "assertion",
                                                        server.runner())))
                                .statusCode())
                .isEqualTo(400);
    }

    @Test
    void anIdTokenForAnotherClient_isRefused() {
        Map<String, Object> claims = server.ci().oidcClaims("job", Instant.now());
        claims.put("aud", "another-client");
        assertRefused(
                Shown.SUBJECT_ID_TOKEN,
                server.show(Shown.SUBJECT_ID_TOKEN, ACCOUNT, server.ci().sign(claims)));
    }
}
