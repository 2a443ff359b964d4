package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.CapturedLog;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.Issuer.KeySource.BundleUri;
import io.quay.pdp.federation.Issuer.Profile.HttpsSpiffe;
import io.quay.pdp.federation.Issuer.Profile.HttpsWeb;
import io.quay.pdp.federation.KeptKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// SPIFFE bundle endpoints of both profiles.
class BundleEndpointTest {
    private static final String ENDPOINT_ID = TestBundle.TRUST_DOMAIN + "/spire/server";
    private static final TestKey KEY = TestKey.generate("key-1", "ES256");
    private static final TestKey NEXT = TestKey.generate("key-2", "ES256");

    @TempDir private static Path directory;
    private static TestCertificates certificates = new TestCertificates(Path.of(""));

    private final AtomicLong nanos = new AtomicLong();
    private final JwksCache cache =
            VerifierFixture.cache(new KeyFetcher(), KeptKeys.NONE, Clock.systemUTC(), nanos::get);
    private Path bootstrap = Path.of("");

    @BeforeAll
    static void makeCertificates() {
        String id = "san=uri:" + ENDPOINT_ID;
        String use = "ku=digitalSignature";
        certificates =
                new TestCertificates(directory)
                        .ca("root", "san=uri:" + TestBundle.TRUST_DOMAIN)
                        .ca("next-root", "san=uri:" + TestBundle.TRUST_DOMAIN)
                        .leaf("svid", "root", id, use)
                        .leaf("next-svid", "next-root", id, use)
                        .leaf("other-id", "root", "san=uri:" + ENDPOINT_ID + "2", use)
                        .leaf("two-ids", "root", id + ",uri:" + ENDPOINT_ID + "2", use)
                        .leaf("no-id", "root", "san=ip:127.0.0.1", use)
                        .leaf("no-usage", "root", id)
                        .leaf("signing-leaf", "root", id, "ku=digitalSignature,keyCertSign")
                        .leaf("ca-leaf", "root", id, use, "bc:c=ca:true");
    }

    private static TestBundle bundle(long sequence, String... roots) {
        TestBundle bundle = TestBundle.of(sequence).withTokenKeys(KEY);
        for (String root : roots) {
            bundle = bundle.withRoot(certificates.certificate(root));
        }
        return bundle;
    }

    @BeforeEach
    void writeBootstrap() throws IOException {
        bootstrap = directory.resolve("bootstrap.json");
        Files.writeString(bootstrap, bundle(1, "root").json());
    }

    private Issuer spiffe(KeyServer server) {
        return spiffe(server, ENDPOINT_ID, null);
    }

    private Issuer spiffe(KeyServer server, String endpointId, @Nullable Path caFile) {
        return TestBundle.registered(
                new BundleUri(
                        server.uri("/bundle"),
                        new HttpsSpiffe(endpointId, bootstrap),
                        new Access(caFile, null)));
    }

    private List<@Nullable String> kids(Issuer issuer) throws KeysUnavailableException {
        return cache.keys(issuer).keys().stream()
                .<@Nullable String>map(VerificationKey::kid)
                .toList();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void unavailable(Issuer issuer, String cause) {
        assertThatThrownBy(() -> kids(issuer))
                .isInstanceOf(KeysUnavailableException.class)
                .hasMessageContaining(cause);
    }

    @Test
    void endpointThatProvesItselfByTheBundleIsBelieved() throws KeysUnavailableException {
        try (KeyServer server = KeyServer.start(certificates.server("svid"))) {
            server.answer("/bundle", bundle(2, "root")::json);
            assertThat(kids(spiffe(server))).containsExactly("key-1");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "next-svid",
                "other-id",
                "two-ids",
                "no-id",
                "no-usage",
                "signing-leaf",
                "ca-leaf",
                "root"
            })
    void endpointWithAnotherCertificateIsRefused(String certificate) {
        try (KeyServer server = KeyServer.start(certificates.server(certificate))) {
            server.answer("/bundle", bundle(2, "root")::json);
            unavailable(spiffe(server), "certificate is not trusted");
            assertThat(server.requests()).isZero();
        }
    }

    /// Neither the system's CAs nor the issuer's CA file say who speaks for a trust domain.
    @Test
    void caFileDoesNotVouchForAnEndpointOfProfileHttpsSpiffe() {
        try (KeyServer server = KeyServer.start(certificates.server("next-svid"))) {
            server.answer("/bundle", bundle(2, "next-root")::json);
            unavailable(
                    spiffe(server, ENDPOINT_ID, certificates.pem("next-root")),
                    "certificate is not trusted");
        }
    }

    @Test
    void endpointOfAnotherTrustDomainIsRefused() {
        try (KeyServer server = KeyServer.start(certificates.server("svid"))) {
            server.answer("/bundle", bundle(2, "root")::json);
            unavailable(
                    spiffe(server, "spiffe://example.org.evil.example/spire/server", null),
                    "of another trust domain");
            assertThat(server.requests()).isZero();
        }
    }

    @Test
    void bootstrapWithoutRootsTrustsNobody() throws IOException {
        Files.writeString(bootstrap, TestBundle.of(1).withTokenKeys(KEY).json());
        try (KeyServer server = KeyServer.start(certificates.server("svid"))) {
            server.answer("/bundle", bundle(2, "root")::json);
            unavailable(spiffe(server), "no CA certificate to trust");
        }
    }

    @Test
    void afterTheFirstAnswerTheKeptBundleCountsAndTheBootstrapFileNoMore() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("svid"))) {
            server.answer("/bundle", bundle(2, "next-root")::json);
            Issuer issuer = spiffe(server);
            assertThat(kids(issuer)).containsExactly("key-1");
            Files.delete(bootstrap);
            server.recover("/bundle", TestBundle.of(3).withTokenKeys(NEXT)::json);
            pass(KeyDocument.SOFT_AGE);
            // The root that the endpoint still uses is not in the kept bundle any more.
            assertThat(kids(issuer)).containsExactly("key-1");
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    /// The way out after all roots have changed while the endpoint was out of reach.
    @Test
    void newerBundleInTheBootstrapFileReplacesTheKeptOneAsTrust() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("svid"))) {
            server.answer("/bundle", bundle(2, "next-root")::json);
            Issuer issuer = spiffe(server);
            assertThat(kids(issuer)).containsExactly("key-1");
            server.recover(
                    "/bundle",
                    TestBundle.of(3).withTokenKeys(NEXT).withRoot(certificates.certificate("root"))
                            ::json);
            Files.writeString(bootstrap, bundle(2, "root").json());
            pass(KeyDocument.SOFT_AGE);
            assertThat(kids(issuer)).containsExactly("key-1");
            Files.writeString(bootstrap, bundle(3, "root").json());
            pass(KeySlot.COOLDOWN);
            assertThat(kids(issuer)).containsExactly("key-2");
        }
    }

    @Test
    void emptySetRevokesTheTrustDomainAtOnce() throws KeysUnavailableException {
        try (KeyServer server = KeyServer.start()) {
            server.answer("/bundle", bundle(2, "root")::json);
            Issuer issuer = web(server);
            assertThat(kids(issuer)).containsExactly("key-1");
            server.recover("/bundle", TestBundle.of(3)::json);
            pass(KeyDocument.SOFT_AGE);
            assertThat(kids(issuer)).isEmpty();
            server.fail("/bundle");
            pass(KeyDocument.SOFT_AGE);
            assertThat(kids(issuer)).isEmpty();
        }
    }

    @Test
    void bundleThatGoesBackIsRefusedAndLogged() throws KeysUnavailableException {
        try (KeyServer server = KeyServer.start();
                CapturedLog log = CapturedLog.begin()) {
            server.answer("/bundle", bundle(7, "root")::json);
            Issuer issuer = web(server);
            assertThat(kids(issuer)).containsExactly("key-1");
            for (TestBundle old :
                    List.of(
                            TestBundle.of(6).withTokenKeys(NEXT),
                            TestBundle.of(0).withTokenKeys(NEXT),
                            new TestBundle(List.of(), null, 300L).withTokenKeys(NEXT))) {
                server.recover("/bundle", old::json);
                pass(KeyDocument.SOFT_AGE);
                assertThat(kids(issuer)).containsExactly("key-1");
            }
            assertThat(log.text()).contains("the bundle has gone back from sequence 7 to 6");
            server.recover("/bundle", TestBundle.of(8).withTokenKeys(NEXT)::json);
            pass(KeyDocument.SOFT_AGE);
            assertThat(kids(issuer)).containsExactly("key-2");
        }
    }

    @Test
    void refreshHintSaysWhenTheBundleIsAskedForAgain() throws KeysUnavailableException {
        try (KeyServer server = KeyServer.start()) {
            server.answer("/bundle", new TestBundle(List.of(), 1L, 45L)::json);
            Issuer issuer = web(server);
            kids(issuer);
            pass(Duration.ofSeconds(44));
            kids(issuer);
            assertThat(server.requests()).isEqualTo(1);
            pass(Duration.ofSeconds(1));
            kids(issuer);
            assertThat(server.requests()).isEqualTo(2);
        }
    }

    private static Issuer web(KeyServer server) {
        return TestBundle.registered(
                new BundleUri(server.uri("/bundle"), new HttpsWeb(), Access.PLAIN));
    }
}
