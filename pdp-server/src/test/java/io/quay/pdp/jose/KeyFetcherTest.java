package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.KEYS_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import io.quay.pdp.federation.IssuerKind;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The outbound guard, and discovery on top of it.
class KeyFetcherTest {
    private static final String METADATA = "/.well-known/openid-configuration";

    private final KeyServer server = KeyServer.start();
    private final TestIssuer issuer = TestIssuer.create(server.url());
    private final Issuer registered =
            issuer.registered("oidc", IssuerKind.OIDC, new Discovery(Issuer.Access.PLAIN));
    private final KeyFetcher fetcher = new KeyFetcher();
    private final KeyFetcher hasty =
            new KeyFetcher(
                    new Outbound(
                            null,
                            null,
                            new Outbound.Limits(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                            InetAddress::getAllByName));
    private final VerifierFixture verifier = new VerifierFixture(hasty);
    private final String token = issuer.sign(issuer.oidcClaims("job-1", TestIssuer.NOW));

    @AfterEach
    void stop() {
        server.close();
    }

    private static Destination at(URI registered) {
        return new Destination(registered, Issuer.Access.PLAIN, true, null);
    }

    private void assertUnavailable(URI uri, URI registeredUri, String cause) {
        assertThatThrownBy(() -> fetcher.get(at(registeredUri), uri))
                .isInstanceOf(KeysUnavailableException.class)
                .hasMessageContaining(cause);
    }

    @Test
    void discoveredKeysVerify() {
        server.answer(METADATA, () -> issuer.metadata(server.url() + "/jwks"));
        server.answer("/jwks", issuer::jwks);
        new VerifierFixture().accepted(token, registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void redirectIsRefused() {
        server.redirect(METADATA, server.url() + "/elsewhere");
        server.answer("/elsewhere", () -> issuer.metadata(server.url() + "/jwks"));
        server.answer("/jwks", issuer::jwks);
        new VerifierFixture().refused(KEYS_UNAVAILABLE, token, registered);
        assertThat(server.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/other", ".evil.example.com"})
    void metadataOfAnotherIssuerIsRefused(String suffix) {
        TestIssuer other = TestIssuer.create(server.url() + suffix);
        server.answer(METADATA, () -> other.metadata(server.url() + "/jwks"));
        server.answer("/jwks", issuer::jwks);
        new VerifierFixture().refused(KEYS_UNAVAILABLE, token, registered);
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void keysAtAnotherOriginAreRefused() {
        try (KeyServer elsewhere = KeyServer.start()) {
            elsewhere.answer("/jwks", issuer::jwks);
            server.answer(METADATA, () -> issuer.metadata(elsewhere.url() + "/jwks"));
            new VerifierFixture().refused(KEYS_UNAVAILABLE, token, registered);
            assertThat(elsewhere.requests()).isZero();
        }
    }

    @Test
    void metadataWithoutUsableJwksUriIsRefused() {
        server.answer(METADATA, () -> issuer.metadata("no address"));
        new VerifierFixture().refused(KEYS_UNAVAILABLE, token, registered);
        server.recover(METADATA, () -> "{\"issuer\":\"" + server.url() + "\"}");
        new VerifierFixture().refused(KEYS_UNAVAILABLE, token, registered);
    }

    @Test
    void answerAbove256KiBIsRefused() throws KeysUnavailableException {
        URI uri = server.uri("/fits");
        server.answer("/fits", () -> " ".repeat(Outbound.MAX_BYTES));
        assertThat(fetcher.get(at(uri), uri)).hasSize(Outbound.MAX_BYTES);
        server.answer("/huge", () -> " ".repeat(Outbound.MAX_BYTES + 1));
        assertUnavailable(server.uri("/huge"), uri, "longer than 256 KiB");
    }

    @Test
    void endlessAnswerIsCutOff() {
        server.flood("/endless");
        assertUnavailable(server.uri("/endless"), server.uri("/"), "longer than 256 KiB");
    }

    @Test
    void silentServerTimesOut() {
        server.hang(METADATA);
        verifier.refused(KEYS_UNAVAILABLE, token, registered);
    }

    @Test
    void serverThatStallsInTheBodyTimesOut() {
        server.stall(METADATA);
        verifier.refused(KEYS_UNAVAILABLE, token, registered);
    }

    @Test
    void closedPortIsUnavailable() {
        server.close();
        verifier.refused(KEYS_UNAVAILABLE, token, registered);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://issuer.example.com/jwks",
                "http://127.0.0.1.example.com/jwks",
                "http://10.0.0.1/jwks",
                "http://0.0.0.0/jwks",
                "http://169.254.169.254/latest/meta-data",
                "ftp://127.0.0.1/jwks"
            })
    void plainHttpIsForThisMachineOnly(String uri) {
        assertUnavailable(URI.create(uri), URI.create(uri), "https is required");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "https:/jwks",
                "jwks",
                "https://user:secret@issuer.example.com/jwks",
                "https://issuer.example.com/jwks#keys"
            })
    void oddAddressesAreRefused(String uri) {
        assertUnavailable(URI.create(uri), URI.create(uri), "not an absolute address");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://other.example.com/jwks",
                "https://issuer.example.com:8443/jwks",
                "http://issuer.example.com/jwks",
                "https://sub.issuer.example.com/jwks"
            })
    void otherOriginsAreRefused(String uri) {
        assertUnavailable(
                URI.create(uri), URI.create("https://issuer.example.com"), "registered origin");
    }
}
