package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers with a certificate of a private CA, as API servers have.
class KeyFetcherTlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir static Path directory;
    private final KeyFetcher fetcher = new KeyFetcher();

    @BeforeAll
    static void makeCertificates() throws Exception {
        makeCertificate("ours", "ip:127.0.0.1");
        makeCertificate("elsewhere", "dns:issuer.example.com");
    }

    @Test
    void serverOfAPrivateCaIsReachedWithItsCaFileOnly() throws Exception {
        HttpsServer server = serve("ours");
        try {
            URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
            assertThat(fetcher.get(uri, uri, pem("ours"))).asString().isEqualTo("{}");
            refused(uri, null);
            refused(uri, pem("elsewhere"));
            refused(uri, directory.resolve("missing.pem"));
            refused(uri, Files.writeString(directory.resolve("empty.pem"), ""));
            refused(uri, Files.writeString(directory.resolve("bad.pem"), "no certificate"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void certificateForAnotherHostIsRefused() throws Exception {
        HttpsServer server = serve("elsewhere");
        try {
            URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
            refused(uri, pem("elsewhere"));
        } finally {
            server.stop(0);
        }
    }

    private void refused(URI uri, @Nullable Path ca) {
        assertThatThrownBy(() -> fetcher.get(uri, uri, ca))
                .isInstanceOf(KeysUnavailableException.class);
    }

    private static HttpsServer serve(String name) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(name), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        var _ =
                server.createContext(
                        "/jwks",
                        exchange -> {
                            try (exchange) {
                                exchange.sendResponseHeaders(200, 2);
                                exchange.getResponseBody().write(new byte[] {'{', '}'});
                            }
                        });
        server.start();
        return server;
    }

    private static Path pem(String name) throws IOException, GeneralSecurityException {
        byte[] certificate = store(name).getCertificate("key").getEncoded();
        return Files.writeString(
                directory.resolve(name + ".pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder().encodeToString(certificate)
                        + "\n-----END CERTIFICATE-----\n");
    }

    private static KeyStore store(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve(name + ".p12"))) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    /// The JDK makes certificates by its `keytool` only. The certificate is its own CA.
    private static void makeCertificate(String name, String subjectAlternativeName)
            throws IOException, InterruptedException {
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "key",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-ext",
                                "san=" + subjectAlternativeName,
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                directory.resolve(name + ".p12").toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("keytool.log").toFile())
                        .start();
        assertThat(keytool.waitFor()).isZero();
    }
}
