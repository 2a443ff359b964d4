package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.BAD_SIGNATURE;
import static io.quay.pdp.federation.TokenVerifier.Reason.KEYS_UNAVAILABLE;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.federation.TokenVerifier.Reason.UNKNOWN_ISSUER;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static io.quay.pdp.jose.TestIssuer.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.federation.IssuerKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which issuer a token is taken to be from, and that no other is ever asked.
class IssuerLookupTest {
    private final VerifierFixture verifier = new VerifierFixture();
    private final KeyServer server = KeyServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    private Issuer discovered(TestIssuer issuer) {
        return issuer.registered(
                "cluster", IssuerKind.KUBERNETES, new Discovery(Issuer.Access.PLAIN));
    }

    private Issuer twin(String name, TestIssuer issuer) {
        server.answer("/" + name, issuer::jwks);
        return issuer.registered(
                name,
                IssuerKind.KUBERNETES,
                new JwksUri(server.uri("/" + name), Issuer.Access.PLAIN));
    }

    @Test
    void unknownIssuerCausesNoConnection() throws IOException {
        try (ServerSocketChannel trap = ServerSocketChannel.open()) {
            trap.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            trap.configureBlocking(false);
            int port = ((InetSocketAddress) trap.getLocalAddress()).getPort();
            TestIssuer stranger = TestIssuer.create("http://127.0.0.1:" + port);
            Issuer known = discovered(TestIssuer.create("http://127.0.0.1:" + port + "/known"));
            verifier.refused(UNKNOWN_ISSUER, stranger.kubernetesToken("ci", "terraform"), known);
            verifier.refused(UNKNOWN_ISSUER, stranger.kubernetesToken("ci", "terraform"));
            assertThat(trap.accept()).isNull();
        }
    }

    @Test
    void refusalsBeforeTheKeysCauseNoRequest() {
        TestIssuer issuer = TestIssuer.create(server.url());
        Map<String, Object> claims = issuer.kubernetesClaims("ci", "terraform", NOW);
        verifier.verify(issuer.sign(Map.of("alg", "none"), claims), discovered(issuer));
        verifier.verify(
                issuer.sign(Map.of("alg", "ES256", "typ", "at+jwt"), claims), discovered(issuer));
        verifier.verify(
                issuer.sign(claims), VerifierFixture.allowing(discovered(issuer), Set.of("RS256")));
        assertThat(server.requests()).isZero();
    }

    /// A cluster that is gone must not make the tokens of another wait for its time limits.
    @Test
    void tokenOfAClusterWhoseKeysAreAtHand_waitsForNoTwinThatIsOutOfReach() {
        TestIssuer healthy = TestIssuer.create("https://kubernetes.default.svc");
        Issuer gone =
                TestIssuer.create(healthy.iss())
                        .registered(
                                "gone",
                                IssuerKind.KUBERNETES,
                                new JwksUri(server.uri("/gone"), Issuer.Access.PLAIN));
        server.hang("/gone");
        Issuer near = twin("near", healthy);
        verifier.accepted(healthy.kubernetesToken("ci", "terraform"), near);
        assertThat(server.requests()).isEqualTo(1);
        verifier.accepted(healthy.kubernetesToken("ci", "terraform"), gone, near);
        assertThat(server.requests()).as("the other was not asked").isEqualTo(1);
    }

    @Test
    void issuerWithTrailingSlashOrOtherCaseIsUnknown() {
        TestIssuer issuer = TestIssuer.create("https://issuer.example.com");
        for (String iss :
                List.of(
                        "https://issuer.example.com/",
                        "https://ISSUER.example.com",
                        "https://issuer.example.com ",
                        "")) {
            TestIssuer other = new TestIssuer(iss, issuer.key());
            verifier.refused(
                    UNKNOWN_ISSUER, other.kubernetesToken("ci", "terraform"), discovered(issuer));
        }
    }

    @Test
    void clustersWithOneIssuerAreToldApartByTheirKeys() {
        TestIssuer first = new TestIssuer(VerifierFixture.ISS, TestKey.generate("first", "ES256"));
        TestIssuer second = first.with(TestKey.generate("second", "ES256"));
        Issuer one = twin("one", first);
        Issuer two = twin("two", second);
        String firstToken = first.kubernetesToken("ci", "terraform");
        String secondToken = second.kubernetesToken("ci", "terraform");
        assertThat(verifier.accepted(firstToken, one, two).issuer().name()).isEqualTo("one");
        assertThat(verifier.accepted(secondToken, one, two).issuer().name()).isEqualTo("two");
        assertThat(server.requests()).isEqualTo(2);
        // The keys at hand suffice: the first cluster is not asked for the second one's key.
        verifier.pass(KeySlot.COOLDOWN);
        assertThat(verifier.accepted(secondToken, one, two).issuer().name()).isEqualTo("two");
        assertThat(server.requests()).isEqualTo(2);
        verifier.refused(NO_MATCHING_KEY, secondToken, one);
        assertThat(server.requests()).isEqualTo(3);
    }

    @Test
    void sameKidOfAnotherClusterIsNotTakenForThisOne() {
        TestIssuer first = TestIssuer.create(VerifierFixture.ISS);
        TestIssuer second = TestIssuer.create(VerifierFixture.ISS);
        String token = second.kubernetesToken("ci", "terraform");
        Issuer one = twin("one", first);
        assertThat(verifier.accepted(token, one, twin("two", second)).issuer().name())
                .isEqualTo("two");
        verifier.refused(BAD_SIGNATURE, token, one);
    }

    @Test
    void furthestRefusalOfSeveralIsTold() {
        TestIssuer first = TestIssuer.create(VerifierFixture.ISS);
        Issuer one = twin("one", first);
        Issuer gone =
                first.registered(
                        "gone",
                        IssuerKind.KUBERNETES,
                        new JwksUri(server.uri("/gone"), Issuer.Access.PLAIN));
        Map<String, Object> claims = first.kubernetesClaims("ci", "terraform", NOW);
        claims.put("aud", "https://other.example.com");
        verifier.refused(WRONG_AUDIENCE, first.sign(claims), gone, one);
        TestIssuer stranger = first.with(TestKey.generate("stranger", "ES256"));
        verifier.refused(KEYS_UNAVAILABLE, stranger.kubernetesToken("ci", "terraform"), one, gone);
    }
}
