package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.FORM;
import static io.quay.pdp.oauth.OAuthServer.basic;
import static io.quay.pdp.oauth.OAuthServer.form;
import static io.quay.pdp.oauth.OAuthServer.json;
import static io.quay.pdp.oauth.OAuthServer.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.identity.ClientSecret;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The OAuth endpoints as clients see them, with the bootstrap account as the client.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenEndpointTest {
    private static final String ID = "svc-bootstrap";
    private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    @SuppressWarnings("NullAway.Init")
    private OAuthServer server;

    @SuppressWarnings("NullAway.Init")
    private String secret;

    @BeforeAll
    void start(@TempDir Path directory) {
        server = OAuthServer.start(directory);
        secret = server.bootstrapSecret();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static void assertError(HttpResponse<String> answer, int status, String error) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).path("error").asText()).isEqualTo(error);
        assertThat(json(answer).path("error_description").asText())
                .matches("[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]+");
        assertThat(json(answer).path("request_id").asText()).isNotEmpty();
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void aTokenIsAsRfc9068SaysAndOurKeySignedIt() throws Exception {
        HttpResponse<String> answer =
                server.token(basic(ID, secret), "grant_type", "client_credentials");
        JsonNode body = json(answer);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(answer.headers().firstValue("Pragma")).contains("no-cache");
        assertThat(body.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(body.path("expires_in").isIntegralNumber()).isTrue();
        assertThat(body.path("expires_in").asInt()).isBetween(295, 300);
        assertThat(body.has("refresh_token")).isFalse();
        SignedJWT token = SignedJWT.parse(body.path("access_token").asText());
        JWSHeader header = token.getHeader();
        assertThat(header.getType().getType()).isEqualTo("at+jwt");
        assertThat(header.toJSONObject().keySet()).containsExactlyInAnyOrder("alg", "kid", "typ");
        HttpResponse<String> keys = server.get("/oauth2/jwks");
        assertThat(keys.headers().firstValue("Content-Type")).contains("application/jwk-set+json");
        JWK key = JWKSet.parse(keys.body()).getKeyByKeyId(header.getKeyID());
        assertThat(token.verify(new ECDSAVerifier((ECKey) key))).isTrue();
        var claims = token.getJWTClaimsSet();
        assertThat(claims.getIssuer()).isEqualTo(server.issuer());
        assertThat(claims.getSubject()).isEqualTo(ID);
        assertThat(claims.getStringClaim("client_id")).isEqualTo(ID);
        assertThat(claims.getStringClaim("preferred_username")).isEqualTo(ID);
        assertThat(claims.getAudience()).containsExactly(server.issuer());
        assertThat(claims.getJWTID()).isNotEmpty();
        assertThat(claims.getClaims()).doesNotContainKey("scope");
    }

    @Test
    void publishedKeysArePublicAndOfBothAlgorithms() throws Exception {
        JWKSet keys = JWKSet.parse(server.get("/oauth2/jwks").body());
        assertThat(keys.getKeys()).noneMatch(JWK::isPrivate);
        assertThat(keys.getKeys())
                .extracting(key -> key.getAlgorithm().getName())
                .contains("ES256", "RS256");
        assertThat(keys.getKeys()).allMatch(key -> "sig".equals(key.getKeyUse().identifier()));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/.well-known/oauth-authorization-server",
                "/.well-known/openid-configuration"
            })
    void metadataComeFromTheConfigurationNeverFromTheRequest(String path) {
        HttpResponse<String> answer =
                server.send(
                        HttpRequest.newBuilder(URI.create(server.issuer() + path))
                                .header("X-Forwarded-Host", "evil.example.com")
                                .build());
        JsonNode metadata = json(answer);
        assertThat(metadata.path("issuer").asText()).isEqualTo(server.issuer());
        assertThat(metadata.path("token_endpoint").asText())
                .isEqualTo(server.issuer() + "/oauth2/token");
        assertThat(metadata.path("grant_types_supported"))
                .extracting(JsonNode::asText)
                .containsExactly(
                        "client_credentials",
                        EXCHANGE,
                        "urn:ietf:params:oauth:grant-type:jwt-bearer");
        assertThat(metadata.path("token_endpoint_auth_signing_alg_values_supported"))
                .extracting(JsonNode::asText)
                .doesNotContain("none", "HS256");
        assertThat(answer.body()).doesNotContain("evil");
    }

    static Stream<Arguments> encodings() {
        return Stream.of(
                Arguments.of("raw, as curl", false, "raw"),
                Arguments.of("form-encoded, as Spring and Go", false, "form"),
                Arguments.of("every dash and underscore too, as openid-client", false, "all"),
                Arguments.of("lower-case hex", false, "lower"),
                Arguments.of("scheme in lower case", true, "raw"),
                Arguments.of("everything escaped", false, "every"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("encodings")
    void oneCredentialInEveryEncodingOfRealClients(String name, boolean lower, String encoding) {
        String header = basic(encode(ID, encoding), encode(secret, encoding));
        assertThat(
                        server.token(
                                        lower ? header.replace("Basic", "basic") : header,
                                        "grant_type",
                                        "client_credentials")
                                .statusCode())
                .as(name)
                .isEqualTo(200);
    }

    private static String encode(String text, String encoding) {
        return switch (encoding) {
            case "form" -> OAuthServer.encoded(text);
            case "all" -> OAuthServer.encoded(text).replace("-", "%2D").replace("_", "%5F");
            case "lower" -> text.replace("-", "%2d").replace("_", "%5f");
            case "every" ->
                    text.chars()
                            .mapToObj(each -> "%%%02X".formatted(each))
                            .reduce("", String::concat);
            default -> text;
        };
    }

    @Test
    void theSecretInTheBody() {
        assertThat(
                        server.token(
                                        null,
                                        "grant_type",
                                        "client_credentials",
                                        "client_id",
                                        ID,
                                        "client_secret",
                                        secret)
                                .statusCode())
                .isEqualTo(200);
    }

    /// Whoever may not know whether an account exists learns nothing from the answer.
    @Test
    void unknownClientAndWrongSecret_haveTheSameAnswer() {
        String other = ClientSecret.generate(new SecureRandom());
        HttpResponse<String> wrong =
                server.token(basic(ID, other), "grant_type", "client_credentials");
        HttpResponse<String> unknown =
                server.token(basic("svc-nobody", other), "grant_type", "client_credentials");
        HttpResponse<String> malformed =
                server.token(basic(ID, "hunter2"), "grant_type", "client_credentials");
        HttpResponse<String> another =
                server.token(basic("svc-terraform", secret), "grant_type", "client_credentials");
        for (HttpResponse<String> answer : List.of(wrong, unknown, malformed, another)) {
            assertError(answer, 401, "invalid_client");
            assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
                    .startsWith("Basic ");
            assertThat(answer.body().replaceAll("\"request_id\":\"[^\"]*\"", ""))
                    .isEqualTo(wrong.body().replaceAll("\"request_id\":\"[^\"]*\"", ""));
        }
    }

    /// There is no client authentication by certificate here: what a proxy, or a client, says about
    /// one proves nothing.
    @Test
    void certificateHeadersOfAProxy_authenticateNobody() {
        for (String header :
                List.of(
                        "Client-Cert",
                        "X-Forwarded-Client-Cert",
                        "X-SSL-Client-Cert",
                        "X-SSL-Client-S-DN",
                        "X-Client-Verify")) {
            HttpResponse<String> answer =
                    server.send(
                            HttpRequest.newBuilder(URI.create(server.issuer() + "/oauth2/token"))
                                    .header("Content-Type", OAuthServer.FORM)
                                    .header(header, "CN=" + ID)
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "grant_type=client_credentials&client_id="
                                                            + ID))
                                    .build());
            assertError(answer, 401, "invalid_client");
        }
    }

    /// Clients such as openid-client take a challenge for the answer and never read the error.
    @Test
    void wrongSecretInTheBody_isNotChallengedToUseTheHeader() {
        HttpResponse<String> answer =
                server.token(
                        null,
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        ID,
                        "client_secret",
                        ClientSecret.generate(new SecureRandom()));
        assertError(answer, 401, "invalid_client");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    static Stream<Arguments> malformed() {
        String valid = "grant_type=client_credentials";
        return Stream.of(
                Arguments.of("no grant_type", FORM, "scope=repo:read", "invalid_request"),
                Arguments.of("empty body", FORM, "", "invalid_request"),
                Arguments.of("empty grant_type", FORM, "grant_type=", "invalid_request"),
                Arguments.of(
                        "grant_type twice",
                        FORM,
                        valid + "&grant_type=client_credentials",
                        "invalid_request"),
                Arguments.of("scope twice", FORM, valid + "&scope=a&scope=b", "invalid_request"),
                Arguments.of(
                        "an unknown parameter twice", FORM, valid + "&x=1&x=2", "invalid_request"),
                Arguments.of("JSON", "application/json", "{}", "invalid_request"),
                Arguments.of("multipart", "multipart/form-data", valid, "invalid_request"),
                Arguments.of("another charset", FORM + ";charset=utf-16", valid, "invalid_request"),
                Arguments.of("a NUL", FORM, valid + "&scope=a%00b", "invalid_request"),
                Arguments.of("a line break", FORM, valid + "&scope=a%0Ab", "invalid_request"),
                Arguments.of("a broken escape", FORM, valid + "&scope=%zz", "invalid_request"),
                Arguments.of("no UTF-8", FORM, valid + "&scope=%ff%fe", "invalid_request"),
                Arguments.of(
                        "a long value",
                        FORM,
                        valid + "&scope=" + "a".repeat(17_000),
                        "invalid_request"),
                Arguments.of(
                        "a long body",
                        FORM,
                        valid + "&a=" + "a".repeat(15_000) + "&b=".repeat(1) + "b".repeat(60_000),
                        "invalid_request"),
                Arguments.of(
                        "an unknown grant", FORM, "grant_type=password", "unsupported_grant_type"),
                Arguments.of(
                        "an unknown scope", FORM, valid + "&scope=everything", "invalid_scope"),
                Arguments.of(
                        "a malformed scope",
                        FORM,
                        valid + "&scope=repo:read%20%20x",
                        "invalid_scope"),
                Arguments.of(
                        "an unknown audience",
                        FORM,
                        valid + "&audience=https://quay.example.com",
                        "invalid_target"),
                Arguments.of(
                        "a resource with a fragment",
                        FORM,
                        valid + "&resource=https://a.example.com/%23x",
                        "invalid_target"),
                Arguments.of("two methods", FORM, valid + "&client_secret=x", "invalid_request"),
                Arguments.of(
                        "another client_id", FORM, valid + "&client_id=svc-ci", "invalid_request"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void theExactErrorForWhatIsWrong(String name, String type, String body, String error) {
        assertError(server.post("/oauth2/token", basic(ID, secret), type, body), 400, error);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"Basic", "Basic !!!", "Basic c3ZjLXg=", "Bearer abc", "Basic JXp6Og=="})
    void aHeaderThatIsNoBasicCredential_isInvalidClient(String header) {
        assertError(
                server.token(header, "grant_type", "client_credentials"), 401, "invalid_client");
    }

    @Test
    void aSecretInTheUrl_isRefused() {
        HttpResponse<String> answer =
                server.post(
                        "/oauth2/token?client_secret=" + secret,
                        null,
                        FORM,
                        "grant_type=client_credentials&client_id=" + ID);
        assertError(answer, 400, "invalid_request");
        assertThat(answer.body()).doesNotContain(secret);
    }

    @Test
    void twoAuthorizationHeaders_areRefused() {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.issuer() + "/oauth2/token"))
                        .header("Content-Type", FORM)
                        .header("Authorization", basic(ID, secret))
                        .header("Authorization", basic("svc-ci", secret))
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        form(parameters("grant_type", "client_credentials"))))
                        .build();
        assertError(server.send(request), 400, "invalid_request");
    }

    @Test
    void noProofAtAll_isInvalidClient() {
        assertError(
                server.token(null, "grant_type", "client_credentials", "client_id", ID),
                401,
                "invalid_client");
    }

    @Test
    void anotherMethod_isNotAllowed() {
        HttpResponse<String> answer = server.get("/oauth2/token");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("POST");
    }

    @Test
    void emptyParametersCountAsAbsent() {
        assertThat(
                        server.token(
                                        basic(ID, secret),
                                        "grant_type",
                                        "client_credentials",
                                        "scope",
                                        "",
                                        "client_secret",
                                        "")
                                .statusCode())
                .isEqualTo(200);
    }

    @Test
    void scopesNarrowAndAreTold() throws Exception {
        JsonNode body =
                json(
                        server.token(
                                basic(ID, secret),
                                "grant_type",
                                "client_credentials",
                                "scope",
                                "repo:read org:admin"));
        assertThat(body.path("scope").asText()).isEqualTo("org:admin repo:read");
        assertThat(
                        SignedJWT.parse(body.path("access_token").asText())
                                .getJWTClaimsSet()
                                .getStringClaim("scope"))
                .isEqualTo("org:admin repo:read");
    }

    private HttpResponse<String> exchange(String subject, String... more) {
        String[] pairs = new String[more.length + 6];
        pairs[0] = "grant_type";
        pairs[1] = EXCHANGE;
        pairs[2] = "subject_token";
        pairs[3] = subject;
        pairs[4] = "subject_token_type";
        pairs[5] = ACCESS_TOKEN;
        System.arraycopy(more, 0, pairs, 6, more.length);
        return server.token(null, pairs);
    }

    @Test
    void anExchangedTokenIsNarrowerAndLivesNoLonger() throws Exception {
        String subject = server.bootstrapToken("scope", "repo:read repo:write");
        JsonNode body = json(exchange(subject, "scope", "repo:read"));
        assertThat(body.path("issued_token_type").asText()).isEqualTo(ACCESS_TOKEN);
        assertThat(body.path("scope").asText()).isEqualTo("repo:read");
        assertThat(
                        SignedJWT.parse(body.path("access_token").asText())
                                .getJWTClaimsSet()
                                .getExpirationTime())
                .isBeforeOrEqualTo(SignedJWT.parse(subject).getJWTClaimsSet().getExpirationTime());
    }

    /// S13.
    @Test
    void anExchangeWithoutScope_inheritsTheScopesNeverAll() {
        String subject = server.bootstrapToken("scope", "repo:read");
        assertThat(json(exchange(subject)).path("scope").asText()).isEqualTo("repo:read");
    }

    /// S13.
    @Test
    void anExchangeForMoreScopes_isInvalidScope() {
        String subject = server.bootstrapToken("scope", "repo:read");
        assertError(exchange(subject, "scope", "repo:read repo:write"), 400, "invalid_scope");
    }

    @Test
    void anExchangeOfWhatIsNoTokenOfOurs_isInvalidRequest() {
        assertError(exchange("e30.e30.AA"), 400, "invalid_request");
        String subject = server.bootstrapToken();
        assertError(exchange(subject + "x"), 400, "invalid_request");
        assertError(exchange(subject, "client_id", "svc-ci"), 400, "invalid_request");
        assertError(exchange(subject, "actor_token", subject), 400, "invalid_request");
        assertError(
                server.token(
                        null,
                        "grant_type",
                        EXCHANGE,
                        "subject_token",
                        subject,
                        "subject_token_type",
                        "urn:ietf:params:oauth:token-type:saml2"),
                400,
                "invalid_request");
    }

    private JsonNode introspect(String token) {
        return json(
                server.post(
                        "/oauth2/introspect",
                        basic(ID, secret),
                        FORM,
                        form(parameters("token", token, "token_type_hint", "access_token"))));
    }

    @Test
    void introspectionTellsOfOnesOwnTokenAndNothingOfOthers() {
        JsonNode told = introspect(server.bootstrapToken("scope", "repo:read"));
        assertThat(told.path("active").isBoolean()).isTrue();
        assertThat(told.path("active").asBoolean()).isTrue();
        assertThat(told.path("client_id").asText()).isEqualTo(ID);
        assertThat(told.path("scope").asText()).isEqualTo("repo:read");
        for (String other : List.of("x", "e30.e30.AA", server.bootstrapToken() + "A")) {
            assertThat(introspect(other).toString()).isEqualTo("{\"active\":false}");
        }
    }

    @Test
    void introspectionWithoutProof_isInvalidClient() {
        String body = form(parameters("token", server.bootstrapToken()));
        assertError(server.post("/oauth2/introspect", null, FORM, body), 401, "invalid_client");
        assertError(
                server.post("/oauth2/introspect", "Bearer qpdp_x", FORM, body),
                401,
                "invalid_client");
    }

    @Test
    void aResourceServerMayIntrospect() {
        HttpResponse<String> answer =
                server.post(
                        "/oauth2/introspect",
                        "Bearer " + server.server().token(),
                        FORM,
                        form(parameters("token", server.bootstrapToken())));
        assertThat(json(answer).path("active").asBoolean()).isTrue();
    }

    @Test
    void aRevokedTokenAndAllMadeFromIt_areRefusedAtOnce() {
        String token = server.bootstrapToken("scope", "repo:read");
        String made = json(exchange(token)).path("access_token").asText();
        assertThat(introspect(made).path("active").asBoolean()).isTrue();
        HttpResponse<String> answer =
                server.post(
                        "/oauth2/revoke",
                        basic(ID, secret),
                        FORM,
                        form(parameters("token", token)));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(introspect(token).toString()).isEqualTo("{\"active\":false}");
        assertThat(introspect(made).toString()).isEqualTo("{\"active\":false}");
        assertThat(server.authorize(token).path("context").path("cause").asText())
                .isEqualTo("token_revoked");
        assertError(exchange(token), 400, "invalid_request");
    }

    @Test
    void revokingWhatIsNoToken_isFine() {
        HttpResponse<String> answer =
                server.post(
                        "/oauth2/revoke", basic(ID, secret), FORM, form(parameters("token", "x")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void ourTokenIsTakenAtAuthorize() {
        JsonNode answer = server.authorize(server.bootstrapToken());
        assertThat(answer.path("context").path("principal").path("id").asText()).isEqualTo(ID);
        assertThat(answer.path("context").path("cause").asText()).isEqualTo("no_permit");
    }

    @Test
    void aChangedToken_isRefused() throws Exception {
        String token = server.bootstrapToken();
        String[] parts = token.split("\\.", -1);
        String claims =
                new String(
                        Base64.getUrlDecoder().decode(parts[1]),
                        java.nio.charset.StandardCharsets.UTF_8);
        String changed =
                parts[0]
                        + "."
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(
                                        claims.replace(ID, "svc-terraform")
                                                .getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        + "."
                        + parts[2];
        assertThat(server.authorize(changed).path("context").path("cause").asText())
                .isEqualTo("invalid_token");
    }
}
