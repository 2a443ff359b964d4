package io.quay.pdp.gateway;

import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// A client's request as it came in. Immutable.
///
/// @param target path and query, bytes kept; with a fragment if there was one
/// @param requestId the client's `X-Request-ID` when it is fit to be handed on and logged, else
///   ours
/// @param sourceIp of the client; null = not known
record Inbound(
        String method,
        String target,
        HttpVersion version,
        HttpFields headers,
        String requestId,
        @Nullable String sourceIp,
        boolean secure) {
    static final String REQUEST_ID = "X-Request-ID";

    private static final Pattern FIT_ID = Pattern.compile("[A-Za-z0-9._:/=+@-]{1,128}");
    private static final String FORWARDED_FOR = "X-Forwarded-For";

    static Inbound of(Request request, Predicate<InetAddress> proxies) {
        HttpURI uri = request.getHttpURI();
        String target =
                uri.getFragment() == null
                        ? uri.getPathQuery()
                        : uri.getPathQuery() + "#" + uri.getFragment();
        HttpFields headers = request.getHeaders();
        return new Inbound(
                request.getMethod(),
                target,
                request.getConnectionMetaData().getHttpVersion(),
                headers,
                requestId(headers),
                sourceIp(request, proxies),
                request.isSecure());
    }

    private static String requestId(HttpFields headers) {
        List<String> given = headers.getValuesList(REQUEST_ID);
        return given.size() == 1 && FIT_ID.matcher(given.getFirst()).matches()
                ? ClientSecret.redacted(given.getFirst())
                : UUID.randomUUID().toString();
    }

    /// The nearest address that is no trusted proxy's: what stands to the left of it anybody can
    /// have written.
    private static @Nullable String sourceIp(Request request, Predicate<InetAddress> proxies) {
        if (!(request.getConnectionMetaData().getRemoteSocketAddress()
                instanceof InetSocketAddress peer)) {
            return null;
        }
        InetAddress nearest = peer.getAddress();
        String[] hops =
                String.join(",", request.getHeaders().getValuesList(FORWARDED_FOR)).split(",", -1);
        for (int i = hops.length - 1; i >= 0 && proxies.test(nearest); i--) {
            var hop = IpAddress.parse(hops[i].strip());
            if (hop.isEmpty()) {
                break;
            }
            nearest = InetAddress.ofLiteral(hop.get());
        }
        return IpAddress.parse(nearest.getHostAddress()).orElse(null);
    }

    boolean readsOnly() {
        return method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
    }

    boolean announcesBody() {
        long length = headers.getLongField("Content-Length");
        return length > 0 || headers.contains("Transfer-Encoding");
    }

    /// Without what may be secret.
    @Override
    public String toString() {
        return "Inbound[" + method + ", " + requestId + "]";
    }
}
