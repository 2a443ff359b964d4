package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.jose.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is said of a call when TLS fails: Quay may have executed it or not.
final class UpstreamTlsTest {
    @TempDir private static Path directory;
    private static TestCertificates certificates = new TestCertificates(Path.of(""));

    @BeforeAll
    static void makeCertificates() {
        certificates =
                new TestCertificates(directory)
                        .ca("ca")
                        .ca("other-ca")
                        .leaf("quay", "ca", "san=ip:127.0.0.1");
    }

    @Test
    void tlsThatFailsAfterTheCallWasSentDoesNotMakeItUnreached() throws Exception {
        assertThat(failed("ca")).isEqualTo(State.BROKEN);
    }

    @Test
    void aQuayWithACertificateOfAnotherAuthorityIsUnreached() throws Exception {
        assertThat(failed("other-ca")).isEqualTo(State.UNREACHED);
    }

    private static State failed(String ca) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Upstream upstream = upstream(listening.getLocalPort(), ca)) {
            Thread.ofVirtual().start(() -> serve(listening));
            upstream.start();
            Upstream.FailedException failure =
                    catchThrowableOfType(
                            Upstream.FailedException.class,
                            () ->
                                    upstream.send(
                                            new Upstream.Call(
                                                    "DELETE", "/x", HttpFields.EMPTY, null)));
            assertThat(failure).hasCauseInstanceOf(SSLException.class);
            return failure.state();
        }
    }

    /// Reads a request, and answers without TLS.
    private static void serve(ServerSocket listening) {
        try (Socket socket = listening.accept();
                SSLSocket tls =
                        (SSLSocket)
                                certificates
                                        .server("quay")
                                        .getSocketFactory()
                                        .createSocket(socket, null, socket.getPort(), false)) {
            tls.setUseClientMode(false);
            InputStream in = tls.getInputStream();
            StringBuilder request = new StringBuilder();
            while (request.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    return;
                }
                request.append((char) next);
            }
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException _) {
            // the other side went away
        }
    }

    private static Upstream upstream(int port, String ca)
            throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", certificates.certificate(ca));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Duration time = Duration.ofSeconds(10);
        return new Upstream(
                new GatewaySettings(
                        URI.create("https://127.0.0.1:" + port),
                        context,
                        false,
                        List.of(),
                        false,
                        _ -> false,
                        4_096,
                        new GatewaySettings.Limits(
                                4_096, 8_192, 10, 10, 10, 2, time, time, time, time, time, time)));
    }
}
