package io.quay.pdp.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The headers of a proxy's question, read so that no two readers could differ on what they say:
/// each of one family, once, with one value.
///
/// Proxies pass on what clients send. A header that says, in any proxy's dialect, what was asked
/// for is therefore either the one that this face reads or a reason to refuse the question.
final class ProxyHeaders {
    static final String CALLER_TOKEN = "X-PDP-Caller-Token";
    static final String ACCOUNT = "X-PDP-Account";

    /// Families whose members name a method or a target.
    private static final List<String> FAMILIES =
            List.of("x-original-", "x-forwarded-", "x-envoy-original-");

    /// What an `X-Forwarded-` header may also say: of the client and the connection, not of the
    /// request line.
    private static final Set<String> OF_THE_CONNECTION =
            Set.of(
                    "x-forwarded-for",
                    "x-forwarded-host",
                    "x-forwarded-port",
                    "x-forwarded-proto",
                    "x-forwarded-scheme",
                    "x-forwarded-server",
                    "x-forwarded-by",
                    "x-forwarded-ssl",
                    "x-forwarded-tls-client-cert",
                    "x-forwarded-tls-client-cert-info");

    private static final Set<String> OTHER_REQUEST_LINES =
            Set.of(
                    "x-rewrite-url",
                    "x-replaced-path",
                    "x-envoy-auth-partial-body",
                    "x-http-method",
                    "x-http-method-override",
                    "x-method-override");

    private static final List<String> OURS = List.of("authorization", "x-pdp-");

    /// The headers do not say one thing.
    static final class AmbiguousException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private AmbiguousException(String message) {
            super(message);
        }
    }

    private final HttpServletRequest request;

    ProxyHeaders(HttpServletRequest request) {
        this.request = request;
    }

    /// @param family in lower case, the headers that say what was asked for on this face
    /// @throws AmbiguousException when there are others that do so on another face, or one that
    ///   some server could take for one of these
    void checkAllOf(Set<String> family) throws AmbiguousException {
        for (String given : Collections.list(request.getHeaderNames())) {
            String name = given.toLowerCase(Locale.ROOT);
            String dashed = name.replace('_', '-');
            boolean meant = namesARequestLine(dashed) || OURS.stream().anyMatch(dashed::startsWith);
            if (meant && !dashed.equals(name)) {
                throw new AmbiguousException("a header is spelled with an underscore");
            }
            if (namesARequestLine(name) && !family.contains(name)) {
                throw new AmbiguousException("a header of another proxy's family is present");
            }
        }
    }

    private static boolean namesARequestLine(String name) {
        return OTHER_REQUEST_LINES.contains(name)
                || (!OF_THE_CONNECTION.contains(name)
                        && FAMILIES.stream().anyMatch(name::startsWith));
    }

    /// The one value of a header that says what was asked for. Proxies join values with commas, so
    /// that one with a comma could be two.
    ///
    /// @throws AmbiguousException when it is missing, empty, or more than one
    String one(String name) throws AmbiguousException {
        String value =
                atMostOne(name)
                        .orElseThrow(() -> new AmbiguousException("`" + name + "` is missing"));
        if (value.isEmpty() || value.indexOf(',') >= 0) {
            throw new AmbiguousException("`" + name + "` is empty or has a comma");
        }
        return value;
    }

    /// @throws AmbiguousException when the header is there more than once
    Optional<String> atMostOne(String name) throws AmbiguousException {
        List<String> values = Collections.list(request.getHeaders(name));
        if (values.size() > 1) {
            throw new AmbiguousException("`" + name + "` is there more than once");
        }
        return values.stream().findFirst();
    }
}
