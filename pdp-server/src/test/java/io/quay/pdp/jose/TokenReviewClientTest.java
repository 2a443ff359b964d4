package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.TokenReviewer.Outcome;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers as an API server gives them, and others.
class TokenReviewClientTest {
    private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
    private static final String USER =
            "\"user\":{\"username\":\"system:serviceaccount:ci:runner\",\"uid\":\"a087d5a0\"}";
    private static final String OURS = "\"audiences\":[\"" + TestIssuer.AUDIENCE + "\"]";

    @TempDir private static Path directory;
    private static TestCertificates certificates = new TestCertificates(Path.of(""));

    private final KeyServer server = KeyServer.start(certificates.server("api-server"));
    private final TokenReviewClient client = new TokenReviewClient(new Outbound(null, null));
    private Path bearer = Path.of("");

    @BeforeAll
    static void makeCertificates() {
        certificates =
                new TestCertificates(directory)
                        .ca("cluster-ca")
                        .leaf("api-server", "cluster-ca", "san=ip:127.0.0.1");
    }

    @BeforeEach
    void writeBearer() throws Exception {
        bearer = Files.writeString(directory.resolve("reviewer"), "reviewer-token");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Issuer issuer(URI apiServer, Access access) {
        TestIssuer shape = TestIssuer.create(VerifierFixture.ISS);
        Issuer plain =
                shape.registered(
                        "cluster", IssuerKind.KUBERNETES, new Issuer.KeySource.Discovery(access));
        return new Issuer(
                plain.name(),
                plain.kind(),
                plain.issuer(),
                plain.audience(),
                plain.keys(),
                plain.algorithms(),
                plain.maxLifetime(),
                plain.maxAge(),
                plain.leeway(),
                plain.replay(),
                true,
                new Issuer.Review(apiServer, access));
    }

    private Outcome review() {
        Access access = new Access(certificates.pem("cluster-ca"), bearer);
        return client.review(issuer(URI.create(server.url()), access), "the.workload.token");
    }

    private void answer(String status) {
        server.answer(
                PATH,
                201,
                "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\","
                        + "\"metadata\":{},\"status\":"
                        + status
                        + "}");
    }

    @Test
    void tokenThatTheClusterKnowsIsAuthenticated() throws Exception {
        answer("{\"authenticated\":true," + USER + "," + OURS + "}");
        assertThat(review())
                .isEqualTo(
                        new Outcome.Authenticated("system:serviceaccount:ci:runner", "a087d5a0"));
        assertThat(server.authorizations()).containsExactly("Bearer reviewer-token");
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(server.body()))
                .isEqualTo(
                        json.readTree(
                                """
                                {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                                 "spec": {"token": "the.workload.token",
                                          "audiences": ["https://pdp.example.com"]}}
                                """));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"user\":{},\"error\":\"[invalid bearer token]\"}",
                "{\"authenticated\":false," + USER + "," + OURS + "}",
                "{\"authenticated\":\"true\"," + USER + "," + OURS + "}",
                "{\"authenticated\":1," + USER + "," + OURS + "}"
            })
    void tokenThatTheClusterDoesNotKnowIsRefused(String status) {
        answer(status);
        assertThat(review()).isInstanceOf(Outcome.NotAuthenticated.class);
    }

    /// A server without knowledge of audiences answers for itself alone.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"audiences\":[]",
                ",\"audiences\":[\"https://kubernetes.default.svc\"]",
                ",\"audiences\":\"https://pdp.example.com\""
            })
    void tokenForOtherAudiencesIsRefused(String audiences) {
        answer("{\"authenticated\":true," + USER + audiences + "}");
        assertThat(review()).isInstanceOf(Outcome.NotAuthenticated.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "{\"kind\":\"Status\",\"status\":\"Failure\"}",
                "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}"
            })
    void answerThatIsNoReviewIsNoYes(String body) {
        server.answer(PATH, 200, body);
        assertThat(review()).isInstanceOf(Outcome.Unavailable.class);
    }

    @Test
    void yesForNobodyIsNoYes() {
        answer("{\"authenticated\":true," + OURS + "}");
        assertThat(review()).isInstanceOf(Outcome.Unavailable.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void refusedReviewerSaysWhatToDo(int status) {
        server.answer(PATH, status, "{}");
        assertThat(review())
                .isInstanceOfSatisfying(
                        Outcome.Unavailable.class,
                        outcome -> assertThat(outcome.detail()).contains("bearer_file"));
    }

    @Test
    void clusterThatIsDownIsUnavailableAndTokensStayInside() throws Exception {
        server.answer(PATH, 500, "{}");
        assertThat(review()).isInstanceOf(Outcome.Unavailable.class);
        // A server of another CA gets neither our credential nor the workload's token.
        Outcome other =
                client.review(
                        issuer(URI.create(server.url()), new Access(null, bearer)), "the.token");
        assertThat(other).isInstanceOf(Outcome.Unavailable.class);
        assertThat(server.requests()).isEqualTo(1);
    }
}
