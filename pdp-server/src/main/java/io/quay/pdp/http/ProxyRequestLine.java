package io.quay.pdp.http;

import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpURI;

/// Where a kind of proxy puts the method and the target of the request that it asks about. None of
/// them carries the body.
sealed interface ProxyRequestLine {
    /// Where the face is.
    String path();

    /// Whether this face is asked.
    ///
    /// @param path of the question, undecoded
    boolean askedAt(String path);

    /// In lower case, the headers that this face alone takes.
    Set<String> family();

    QuayRequest read(HttpServletRequest question, ProxyHeaders headers)
            throws ProxyHeaders.AmbiguousException;

    /// In two headers. Nothing of the question's own request line counts, also when one is missing.
    record InHeaders(String path, String method, String target) implements ProxyRequestLine {
        @Override
        public boolean askedAt(String asked) {
            return asked.equals(path);
        }

        @Override
        public Set<String> family() {
            return Set.of(method.toLowerCase(Locale.ROOT), target.toLowerCase(Locale.ROOT));
        }

        @Override
        public QuayRequest read(HttpServletRequest question, ProxyHeaders headers)
                throws ProxyHeaders.AmbiguousException {
            return new QuayRequest(
                    headers.one(method), headers.one(target), new RequestBody.Omitted());
        }
    }

    /// In the question's own request line, behind a prefix. Read as it came over the wire: what
    /// routers and servlets make of a path (decoded, cut at `;`, dots resolved) is another path.
    record InItsOwn(String path) implements ProxyRequestLine {
        @Override
        public boolean askedAt(String asked) {
            return asked.startsWith(path);
        }

        @Override
        public Set<String> family() {
            return Set.of();
        }

        @Override
        public QuayRequest read(HttpServletRequest question, ProxyHeaders headers) {
            HttpURI uri = ServletContextRequest.getServletContextRequest(question).getHttpURI();
            StringBuilder target = new StringBuilder(uri.getPath().substring(path.length()));
            if (uri.getQuery() != null) {
                target.append('?').append(uri.getQuery());
            }
            if (uri.getFragment() != null) {
                target.append('#').append(uri.getFragment());
            }
            return new QuayRequest(
                    question.getMethod(), target.toString(), new RequestBody.Omitted());
        }
    }
}
