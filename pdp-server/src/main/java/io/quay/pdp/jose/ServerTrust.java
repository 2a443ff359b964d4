package io.quay.pdp.jose;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Which servers' certificates are trusted. Keeps nothing, so that a replaced CA file counts from
/// the next request on.
public final class ServerTrust {
    private ServerTrust() {}

    /// @param caFile PEM certificates to trust instead of the system's; null = the system's
    public static SSLContext of(@Nullable Path caFile) throws OutboundException {
        return caFile == null ? context(null) : context(trusting(certificates(caFile)));
    }

    /// @param manager null = the system's
    static SSLContext context(@Nullable X509TrustManager manager) throws OutboundException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, manager == null ? null : new TrustManager[] {manager}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new OutboundException("no TLS: " + e.getClass().getSimpleName());
        }
    }

    /// Verifies chains to these roots (RFC 5280 §6), and to no others.
    static X509TrustManager trusting(Collection<? extends Certificate> roots)
            throws OutboundException {
        if (roots.isEmpty()) {
            throw new OutboundException("there is no CA certificate to trust");
        }
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate root : roots) {
                store.setCertificateEntry("ca-" + store.size(), root);
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            for (TrustManager manager : trust.getTrustManagers()) {
                if (manager instanceof X509TrustManager found) {
                    return found;
                }
            }
            throw new OutboundException("no TLS: no trust manager");
        } catch (IOException | GeneralSecurityException e) {
            throw new OutboundException(
                    "the CA certificates cannot be used: " + e.getClass().getSimpleName());
        }
    }

    private static Collection<? extends Certificate> certificates(Path caFile)
            throws OutboundException {
        try (InputStream pem = Files.newInputStream(caFile)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(pem);
        } catch (IOException | GeneralSecurityException e) {
            throw new OutboundException(
                    "the CA file cannot be used: " + e.getClass().getSimpleName());
        }
    }
}
