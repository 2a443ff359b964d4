package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.identity.ClientSecret;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CallersTest {
    private static final String NATIVE_ONLY = ClientSecret.generate(new SecureRandom());
    private static final String AUTHZEN_ONLY = ClientSecret.generate(new SecureRandom());
    private static final String NAMES_NOBODY = ClientSecret.generate(new SecureRandom());
    private static final String BARE = ClientSecret.generate(new SecureRandom());

    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server =
                TestServer.start(
                        directory,
                        """
                        peps:
                          - {name: native, token_sha256: %s, faces: [authorize], may_name_subject: true}
                          - {name: authzen, token_sha256: %s, faces: [authzen], may_name_subject: true}
                          - {name: nobody, token_sha256: %s, faces: [authorize, authzen]}
                          - {name: bare, token_sha256: %s, faces: [authorize, authzen], may_name_subject: true, response: bare}
                        """
                                .formatted(
                                        ClientSecret.sha256Hex(NATIVE_ONLY),
                                        ClientSecret.sha256Hex(AUTHZEN_ONLY),
                                        ClientSecret.sha256Hex(NAMES_NOBODY),
                                        ClientSecret.sha256Hex(BARE)),
                        Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer ask(String path, String body, String... authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path))
                        .header("Content-Type", TestServer.JSON_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        for (String value : authorization) {
            request.header("Authorization", value);
        }
        return server.send(request);
    }

    private static void assertUnauthorized(Answer answer, String challenge) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo(challenge);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void refusesACallerWithoutACredential() {
        assertUnauthorized(ask("/authorize", Asking.NATIVE), "Bearer realm=\"pdp\"");
        assertUnauthorized(ask("/access/v1/evaluation", Asking.AUTHZEN), "Bearer realm=\"pdp\"");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "Bearer x",
                "Bearer ",
                "Bearer qpdp_0000000000000000000000000000000000000000000_000000",
                "Bearer x y",
                "bearer ,"
            })
    void refusesACredentialThatItDoesNotKnow(String authorization) {
        String invalid = "Bearer realm=\"pdp\", error=\"invalid_token\"";
        Answer answer = ask("/authorize", Asking.NATIVE, authorization);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate"))
                .isIn(invalid, "Bearer realm=\"pdp\""); // a bare scheme carries no token
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"Basic dXNlcjpwYXNz", "Bearer", "Digest x", "qpdp_x", "DPoP x"})
    void refusesOtherSchemes(String authorization) {
        assertUnauthorized(ask("/authorize", Asking.NATIVE, authorization), "Bearer realm=\"pdp\"");
    }

    @Test
    void refusesTheHashOfACredential() {
        assertUnauthorized(
                ask("/authorize", Asking.NATIVE, "Bearer " + ClientSecret.sha256Hex(NATIVE_ONLY)),
                "Bearer realm=\"pdp\", error=\"invalid_token\"");
    }

    @Test
    void refusesTwoCredentials() {
        String good = "Bearer " + server.token();
        assertThat(ask("/authorize", Asking.NATIVE, good, good).status()).isEqualTo(400);
        assertThat(ask("/authorize", Asking.NATIVE, good, "Bearer x").status()).isEqualTo(400);
        assertThat(ask("/authorize", Asking.NATIVE, "Bearer x", good).status()).isEqualTo(400);
        assertThat(ask("/authorize", Asking.NATIVE, "Bearer x, " + good).status()).isEqualTo(401);
    }

    @Test
    void refusesACredentialInTheQuery() {
        assertThat(ask("/authorize?access_token=" + server.token(), Asking.NATIVE).status())
                .isEqualTo(401);
    }

    @Test
    void takesTheSchemeInAnyCase() {
        assertThat(ask("/authorize", Asking.NATIVE, "bEARER " + server.token()).status())
                .isEqualTo(200);
    }

    @Test
    void refusesACallerOnAFaceThatIsNotItsOwn() {
        assertThat(ask("/authorize", Asking.NATIVE, "Bearer " + NATIVE_ONLY).status())
                .isEqualTo(200);
        assertForbidden(ask("/access/v1/evaluation", Asking.AUTHZEN, "Bearer " + NATIVE_ONLY));
        assertForbidden(ask("/authorize", Asking.NATIVE, "Bearer " + AUTHZEN_ONLY));
        assertThat(ask("/access/v1/evaluation", Asking.AUTHZEN, "Bearer " + AUTHZEN_ONLY).status())
                .isEqualTo(200);
    }

    private static void assertForbidden(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("WWW-Authenticate")).isEmpty();
    }

    @Test
    void refusesASubjectFromACallerThatMayNotNameIt() {
        assertForbidden(ask("/authorize", Asking.NATIVE, "Bearer " + NAMES_NOBODY));
        assertForbidden(ask("/authorize", Asking.AUTHZEN, "Bearer " + NAMES_NOBODY));
        assertForbidden(ask("/access/v1/evaluation", Asking.AUTHZEN, "Bearer " + NAMES_NOBODY));
    }

    @Test
    void decidesOnTheTokenOfACallerThatMayNotNameTheSubject() {
        String body =
                Json.with(Json.without(Asking.NATIVE, "/subject"), "/token", "\"not a token\"");
        Answer answer = ask("/authorize", body, "Bearer " + NAMES_NOBODY);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.cause()).isEqualTo("invalid_token");
    }

    @Test
    void deniesARequestWithNeitherTokenNorSubject() {
        Answer answer = server.post("/authorize", Json.without(Asking.NATIVE, "/subject"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.cause()).isEqualTo("invalid_token");
        assertThat(answer.context().path("principal").isNull()).isTrue();
    }

    @Test
    void tellsACallerThatWantsBareAnswersNothingElse() {
        assertThat(ask("/authorize", Asking.NATIVE, "Bearer " + BARE).body())
                .isEqualTo("{\"decision\":true}");
        assertThat(ask("/access/v1/evaluation", Asking.AUTHZEN, "Bearer " + BARE).body())
                .isEqualTo("{\"decision\":true}");
        assertThat(
                        ask(
                                        "/authorize",
                                        Asking.read("/api/v1/repository/acme/secret"),
                                        "Bearer " + BARE)
                                .body())
                .isEqualTo("{\"decision\":false}");
    }
}
