package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.federation.Issuer.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers with a certificate of a private CA, as API servers have.
class KeyFetcherTlsTest {
    @TempDir private static Path directory;
    private static TestCertificates certificates = new TestCertificates(Path.of(""));

    @BeforeAll
    static void makeCertificates() {
        certificates =
                new TestCertificates(directory)
                        .ca("ca")
                        .ca("other-ca")
                        .leaf("ours", "ca", "san=ip:127.0.0.1")
                        .leaf("elsewhere", "ca", "san=dns:issuer.example.com");
    }

    private static byte[] get(Outbound outbound, URI uri, @Nullable Path ca)
            throws KeysUnavailableException {
        return new KeyFetcher(outbound)
                .get(new Destination(uri, new Access(ca, null), true, null), uri);
    }

    private static void refused(URI uri, @Nullable Path ca) {
        assertThatThrownBy(() -> get(new Outbound(null, null), uri, ca))
                .isInstanceOf(KeysUnavailableException.class);
    }

    @Test
    void serverOfAPrivateCaIsReachedWithItsCaFileOnly() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("ours"))) {
            server.answer("/jwks", () -> "{}");
            URI uri = server.uri("/jwks");
            assertThat(get(new Outbound(null, null), uri, certificates.pem("ca")))
                    .asString()
                    .isEqualTo("{}");
            refused(uri, null);
            refused(uri, certificates.pem("other-ca"));
            refused(uri, directory.resolve("missing.pem"));
            refused(uri, Files.writeString(directory.resolve("empty.pem"), ""));
            refused(uri, Files.writeString(directory.resolve("bad.pem"), "no certificate"));
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void caFileOfTheConfigurationCountsUnlessTheIssuerHasItsOwn() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("ours"))) {
            server.answer("/jwks", () -> "{}");
            Outbound outbound = new Outbound(null, certificates.pem("ca"));
            assertThat(get(outbound, server.uri("/jwks"), null)).isNotEmpty();
            assertThatThrownBy(
                            () -> get(outbound, server.uri("/jwks"), certificates.pem("other-ca")))
                    .isInstanceOf(KeysUnavailableException.class)
                    .hasMessageContaining("certificate is not trusted");
        }
    }

    @Test
    void replacedCaFileCountsAtOnce() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("ours"))) {
            server.answer("/jwks", () -> "{}");
            Path ca = directory.resolve("replaced.pem");
            Files.copy(certificates.pem("other-ca"), ca);
            refused(server.uri("/jwks"), ca);
            Files.writeString(ca, Files.readString(certificates.pem("ca")));
            assertThat(get(new Outbound(null, null), server.uri("/jwks"), ca)).isNotEmpty();
        }
    }

    @Test
    void certificateForAnotherHostIsRefused() {
        try (KeyServer server = KeyServer.start(certificates.server("elsewhere"))) {
            server.answer("/jwks", () -> "{}");
            refused(server.uri("/jwks"), certificates.pem("ca"));
            assertThat(server.requests()).isZero();
        }
    }

    /// The connection goes where the guard's own resolution said, and nowhere else: nobody but it
    /// knows this name.
    @Test
    void theAddressThatWasJudgedIsTheOneConnectedTo() throws Exception {
        try (KeyServer server = KeyServer.start(certificates.server("elsewhere"))) {
            server.answer("/jwks", () -> "{}");
            List<String> asked = new java.util.concurrent.CopyOnWriteArrayList<>();
            Outbound outbound =
                    new Outbound(
                            null,
                            null,
                            Outbound.Limits.DEFAULT,
                            name -> {
                                asked.add(name);
                                return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
                            });
            URI uri = URI.create("https://issuer.example.com:" + server.port() + "/jwks");
            assertThat(get(outbound, uri, certificates.pem("ca"))).isNotEmpty();
            assertThat(asked).containsExactly("issuer.example.com");
        }
    }

    @Test
    void bearerIsReadAnewForEveryRequestAndNeverSentToAServerThatIsNotTrusted() throws Exception {
        Path bearer = Files.writeString(directory.resolve("bearer"), "first\n");
        try (KeyServer server = KeyServer.start(certificates.server("ours"))) {
            server.answer("/jwks", () -> "{}");
            KeyFetcher fetcher = new KeyFetcher();
            URI uri = server.uri("/jwks");
            Access trusted = new Access(certificates.pem("ca"), bearer);
            Access untrusted = new Access(certificates.pem("other-ca"), bearer);
            assertThat(fetcher.get(new Destination(uri, trusted, true, null), uri)).isNotEmpty();
            replace(bearer, "second");
            assertThat(fetcher.get(new Destination(uri, trusted, true, null), uri)).isNotEmpty();
            assertThatThrownBy(() -> fetcher.get(new Destination(uri, untrusted, true, null), uri))
                    .isInstanceOf(KeysUnavailableException.class);
            assertThat(server.authorizations()).containsExactly("Bearer first", "Bearer second");
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path next = Files.writeString(file.resolveSibling("next"), text);
        Files.move(next, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void slowLoris_answerThatStallsInsideOfTls_isCutOff() {
        try (KeyServer server = KeyServer.start(certificates.server("ours"))) {
            server.stall("/stalls");
            server.trickle("/trickles");
            Outbound hasty =
                    new Outbound(
                            null,
                            certificates.pem("ca"),
                            new Outbound.Limits(Duration.ofSeconds(1), Duration.ofSeconds(1)),
                            InetAddress::getAllByName);
            for (String path : List.of("/stalls", "/trickles")) {
                assertThatThrownBy(() -> get(hasty, server.uri(path), null))
                        .hasMessageContaining("no complete answer in time");
            }
        }
    }
}
