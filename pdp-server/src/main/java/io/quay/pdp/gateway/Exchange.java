package io.quay.pdp.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/// One request and its answer while they are served, and what the access line and the metrics say
/// of them. For one thread.
final class Exchange {
    /// What the gateway made of a request.
    enum Verdict {
        ALLOWED,
        DENIED,
        PASSED,
        REFUSED,
        FAILED
    }

    private final Request request;
    private final Response response;
    private final Inbound inbound;
    private Verdict verdict = Verdict.REFUSED;
    private @Nullable String route;
    private @Nullable String principal;

    Exchange(Request request, Response response, Inbound inbound) {
        this.request = request;
        this.response = response;
        this.inbound = inbound;
    }

    Request request() {
        return request;
    }

    Response response() {
        return response;
    }

    Inbound inbound() {
        return inbound;
    }

    Verdict verdict() {
        return verdict;
    }

    void verdict(Verdict is) {
        verdict = is;
    }

    /// The operation, never the path: whatever callers put into paths stays out of the log.
    @Nullable String route() {
        return route;
    }

    @Nullable String principal() {
        return principal;
    }

    void about(@Nullable String operation, @Nullable String who) {
        route = operation;
        principal = who;
    }

    void decision(String id) {
        response.getHeaders().put("X-PDP-Decision", id);
    }

    /// Answers with our words instead of Quay's.
    void refuse(Refusal refusal) throws IOException {
        response.setStatus(refusal.status());
        response.getHeaders().put(Inbound.REQUEST_ID, inbound.requestId());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (refusal.cause().equals(Refusal.MALFORMED)) {
            // what follows on this connection may belong to it
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (refusal.status() == 401) {
            response.getHeaders()
                    .put(HttpHeader.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
        } else if (refusal.status() == 503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        if (refusal.decisionId() != null) {
            decision(refusal.decisionId());
        }
        Content.Sink.write(response, true, ByteBuffer.wrap(refusal.body(inbound.requestId())));
    }

    void redirect(String target) throws IOException {
        response.setStatus(308);
        response.getHeaders().put(HttpHeader.LOCATION, target);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Content.Sink.write(response, true, ByteBuffer.allocate(0));
    }
}
