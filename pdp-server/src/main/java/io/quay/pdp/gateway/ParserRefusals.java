package io.quay.pdp.gateway;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/// What the parser refuses, in Quay's form, with the traces that all requests leave. Safe for use
/// by any number of threads.
final class ParserRefusals extends ErrorHandler {
    private final GatewayEvents events;

    ParserRefusals(GatewayEvents events) {
        this.events = events;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String id = UUID.randomUUID().toString();
        boolean malformed = status < 500 || status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505;
        Refusal refusal =
                new Refusal(
                        status,
                        malformed ? Refusal.INVALID_REQUEST : Refusal.DOWNSTREAM_ISSUE,
                        malformed ? Refusal.MALFORMED : "internal_error",
                        malformed
                                ? message(status)
                                : "the request cannot be served now; see the decision point's log",
                        null);
        response.getHeaders().put(Inbound.REQUEST_ID, id);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (request.getAttribute(AccessLine.TOLD) == null) {
            events.answered("refused", status);
            // what it named as its method can be anything
            AccessLine.write("none", status, request.getBeginNanoTime(), "refused", id);
        }
        response.write(true, ByteBuffer.wrap(refusal.body(id)), callback);
        return true;
    }

    private static String message(int status) {
        return switch (status) {
            case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
                    "the request line and headers are larger than is taken";
            case HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ->
                    "this version of HTTP is not taken: use HTTP/1.1";
            default -> "the request is not well-formed HTTP/1.1";
        };
    }
}
