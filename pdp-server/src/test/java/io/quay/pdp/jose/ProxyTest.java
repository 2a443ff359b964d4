package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.federation.Issuer.Access;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Issuers behind a proxy that tunnels.
class ProxyTest {
    @TempDir private static Path directory;
    private static TestCertificates certificates = new TestCertificates(Path.of(""));

    private final KeyServer server = KeyServer.start(certificates.server("issuer"));
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final RawServer proxy = RawServer.start(this::tunnel);

    @BeforeAll
    static void makeCertificates() {
        certificates =
                new TestCertificates(directory)
                        .ca("ca")
                        .leaf("issuer", "ca", "san=dns:issuer.example.com,ip:127.0.0.1");
    }

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
    }

    private void tunnel(InputStream in, OutputStream out) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
        heads.add(head.toString());
        try (Socket target = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            Thread back =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    target.getInputStream().transferTo(out);
                                } catch (IOException _) {
                                    // The other side has gone.
                                }
                            });
            in.transferTo(target.getOutputStream());
            back.interrupt();
        }
    }

    private Outbound outbound() {
        return new Outbound(new Outbound.Proxy("127.0.0.1", proxy.port()), certificates.pem("ca"));
    }

    @Test
    void issuerAtAPublicAddressIsReachedThroughTheProxyWhichSeesNoCredential() throws Exception {
        server.answer("/jwks", () -> "{}");
        Path bearer = Files.writeString(directory.resolve("bearer"), "planted-bearer-value");
        URI uri = URI.create("https://issuer.example.com/jwks");
        Destination issuer = new Destination(uri, new Access(null, bearer), false, null);
        assertThat(outbound().get(issuer, uri)).asString().isEqualTo("{}");
        assertThat(heads).hasSize(1);
        assertThat(heads.getFirst())
                .startsWith("CONNECT issuer.example.com:443 HTTP/1.1\r\n")
                .doesNotContain("planted");
        assertThat(server.authorizations()).containsExactly("Bearer planted-bearer-value");
    }

    @Test
    void issuerOfAPrivateNetworkIsReachedWithoutTheProxy() throws Exception {
        server.answer("/jwks", () -> "{}");
        URI uri = server.uri("/jwks");
        assertThat(outbound().get(new Destination(uri, Access.PLAIN, true, null), uri))
                .isNotEmpty();
        assertThat(proxy.connections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/",
                "https://localhost/",
                "https://10.0.0.1/",
                "https://169.254.169.254/",
                "https://2130706433/",
                "https://0x7f.1/",
                "https://0177.0.0.1/",
                "https://[::1]/",
                "https://[::ffff:10.0.0.1]/",
                "http://127.0.0.1/"
            })
    void proxyIsNotAskedForAddressesThatAreNotPublic(String text) {
        URI uri = URI.create(text);
        assertThatThrownBy(
                        () -> outbound().get(new Destination(uri, Access.PLAIN, false, null), uri))
                .isInstanceOf(OutboundException.class);
        assertThat(proxy.connections()).isZero();
    }

    @Test
    void proxyThatRefusesIsNoAnswerOfTheIssuer() {
        try (RawServer refusing =
                RawServer.start((_, out) -> {
                    RawServer.lines(
                            out,
                            "HTTP/1.1 403 Forbidden",
                            "Content-Length: 11",
                            "",
                            "{\"keys\":[]}");
                    out.flush();
                })) {
            URI uri = URI.create("https://issuer.example.com/jwks");
            Outbound outbound =
                    new Outbound(new Outbound.Proxy("127.0.0.1", refusing.port()), null);
            assertThatThrownBy(() ->
                            outbound.get(new Destination(uri, Access.PLAIN, false, null), uri))
                    .isInstanceOf(OutboundException.class)
                    .hasMessageContaining("403");
        }
    }
}
