package io.quay.pdp.jose;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/// Trusts the one server that has an X.509-SVID of this SPIFFE ID, by the roots of its trust domain
/// (SPIFFE Federation §5.2.2, X.509-SVID §5). Host names mean nothing to it. Immutable.
///
/// It extends the kind of trust manager that the JDK uses as it is: of a plain one it would check
/// the host's name beside.
final class SvidTrust extends X509ExtendedTrustManager {
    private static final int URI_NAME = 6;
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int CERTIFICATE_SIGNATURE = 5;
    private static final int LIST_SIGNATURE = 6;

    private final X509TrustManager roots;
    private final String spiffeId;

    private SvidTrust(X509TrustManager roots, String spiffeId) {
        this.roots = roots;
        this.spiffeId = spiffeId;
    }

    static SvidTrust of(List<X509Certificate> roots, String spiffeId) throws OutboundException {
        return new SvidTrust(ServerTrust.trusting(roots), spiffeId);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        roots.checkServerTrusted(chain, authType);
        checkLeaf(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    private void checkLeaf(X509Certificate leaf) throws CertificateException {
        boolean[] usage = leaf.getKeyUsage();
        if (leaf.getBasicConstraints() >= 0
                || usage == null
                || !usage[DIGITAL_SIGNATURE]
                || usage[CERTIFICATE_SIGNATURE]
                || usage[LIST_SIGNATURE]) {
            throw new CertificateException("not a leaf X.509-SVID");
        }
        Collection<List<?>> names = leaf.getSubjectAlternativeNames();
        List<?> ids =
                names == null
                        ? List.of()
                        : names.stream()
                                .filter(name -> name.getFirst().equals(URI_NAME))
                                .map(name -> name.get(1))
                                .toList();
        if (!ids.equals(List.of(spiffeId))) {
            throw new CertificateException("not the X.509-SVID of the endpoint's SPIFFE ID");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("no clients are expected");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return roots.getAcceptedIssuers();
    }
}
