package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import java.net.URI;
import java.util.Locale;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// The one origin that a request may go to, and what is needed there. Immutable.
///
/// @param registered an address at this origin, from the configuration and from nowhere else
/// @param privateNetwork whether the origin may be at an address that is not public
/// @param serverTrust judges the server's certificate, also which server it is for; null = the CA
///   file's or the system's roots, and the name in the address (RFC 9110 §4.3.4)
record Destination(
        URI registered,
        Access access,
        boolean privateNetwork,
        @Nullable X509TrustManager serverTrust) {

    static Destination of(Issuer issuer, URI registered, Access access) {
        return new Destination(registered, access, issuer.privateNetwork(), null);
    }

    Destination trusting(X509TrustManager trust) {
        return new Destination(registered, access, privateNetwork, trust);
    }

    /// Refuses addresses elsewhere, and all but https; http only on this very machine.
    void admit(URI uri) throws OutboundException {
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new OutboundException("not an absolute address of host and path");
        }
        if (!origin(uri).equals(origin(registered))) {
            throw new OutboundException("not at the registered origin");
        }
        if (!isHttps(uri) && !(lower(uri.getScheme()).equals("http") && namesThisMachine(uri))) {
            throw new OutboundException("https is required");
        }
    }

    static boolean isHttps(URI uri) {
        return lower(uri.getScheme()).equals("https");
    }

    /// Scheme, host and port (RFC 6454 §4).
    private static String origin(URI uri) {
        String scheme = lower(uri.getScheme());
        int port = uri.getPort();
        if (port < 0) {
            port = scheme.equals("https") ? 443 : 80;
        }
        return scheme + "://" + lower(uri.getHost()) + ":" + port;
    }

    /// By its name; whether the name keeps its word is seen when it is resolved.
    static boolean namesThisMachine(URI uri) {
        String host = lower(uri.getHost());
        return host.equals("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    }

    private static String lower(@Nullable String text) {
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }
}
