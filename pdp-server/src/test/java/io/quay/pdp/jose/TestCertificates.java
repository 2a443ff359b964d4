package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// Certificates, which the JDK makes by its `keytool` only.
public final class TestCertificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path directory;

    public TestCertificates(Path directory) {
        this.directory = directory;
    }

    public TestCertificates ca(String name, String... extensions) {
        return make(name, null, with(extensions, "bc:c=ca:true", "ku=keyCertSign,cRLSign"));
    }

    /// @param extensions as keytool's `-ext`
    public TestCertificates leaf(String name, String ca, String... extensions) {
        return make(name, ca, List.of(extensions));
    }

    /// A server that has this certificate and its chain.
    public SSLContext server(String name) {
        try {
            KeyStore alone = KeyStore.getInstance("PKCS12");
            alone.load(null, null);
            Certificate[] chain = store().getCertificateChain(name);
            alone.setKeyEntry(name, store().getKey(name, PASSWORD), PASSWORD, chain);
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(alone, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public X509Certificate certificate(String name) {
        try {
            return (X509Certificate) store().getCertificate(name);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    Path pem(String name) {
        try {
            return Files.writeString(
                    directory.resolve(name + ".pem"),
                    "-----BEGIN CERTIFICATE-----\n"
                            + Base64.getMimeEncoder().encodeToString(certificate(name).getEncoded())
                            + "\n-----END CERTIFICATE-----\n");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> with(String[] some, String... others) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(others));
        return all;
    }

    private TestCertificates make(
            String name, @org.jspecify.annotations.Nullable String signer, List<String> exts) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                name,
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=" + name,
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                directory.resolve("all.p12").toString(),
                                "-storepass",
                                new String(PASSWORD)));
        if (signer != null) {
            command.addAll(List.of("-signer", signer));
        }
        exts.forEach(extension -> command.addAll(List.of("-ext", extension)));
        try {
            Process keytool =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve("keytool.log").toFile())
                            .start();
            assertThat(keytool.waitFor())
                    .as(() -> "keytool: " + directory.resolve("keytool.log"))
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    private KeyStore store() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("all.p12"))) {
            store.load(in, PASSWORD);
        }
        return store;
    }
}
