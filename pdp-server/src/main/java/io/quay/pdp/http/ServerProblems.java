package io.quay.pdp.http;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/// Writes the failures that never reach a route, such as a request line or headers that Jetty
/// refuses, as problems: its own pages are HTML and repeat the request. Proxies that ask below
/// `/authorize/` get a plain 403: they take other statuses for a fault of their own.
final class ServerProblems extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String given = request.getHeaders().get(RequestIds.HEADER);
        String id = given == null || given.isEmpty() ? UUID.randomUUID().toString() : given;
        String title = Problems.title(status);
        response.getHeaders().put(RequestIds.HEADER, id);
        if (status < 500 && RequestTargets.ofProxies(request.getHttpURI())) {
            response.setStatus(403);
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            response.write(true, null, callback);
            return true;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.CONTENT_TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        byte[] body =
                Problems.body(status, Problems.type(title), title, Problems.detail(status), id);
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }
}
