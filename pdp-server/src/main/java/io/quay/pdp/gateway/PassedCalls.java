package io.quay.pdp.gateway;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.quay.CanonicalTarget;
import io.quay.pdp.quay.RequestMapper;
import java.io.IOException;
import org.eclipse.jetty.client.ContentSourceRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/// Requests that are Quay's alone to judge: handed on as they come. Safe for use by any number of
/// threads.
final class PassedCalls {
    private final RequestMapper mapper;
    private final Upstream upstream;
    private final Recording recording;

    PassedCalls(RequestMapper mapper, Upstream upstream, Recording recording) {
        this.mapper = mapper;
        this.upstream = upstream;
        this.recording = recording;
    }

    /// A call to the Management API with a credential that is none of ours. It is on record before
    /// it is passed.
    void foreign(Exchange exchange, Credential.Foreign credential) throws IOException {
        Inbound inbound = exchange.inbound();
        String action =
                mapper.canonical(inbound.method(), inbound.target())
                        .map(CanonicalTarget::operation)
                        .map(operation -> operation.name())
                        .orElse(null);
        try {
            recording.passed(credential.kind(), action, inbound);
        } catch (AuditUnavailableException _) {
            throw new Refusal(
                            503,
                            Refusal.DOWNSTREAM_ISSUE,
                            "audit_unavailable",
                            "that the call is passed cannot be recorded now; it was not made. Try again later.",
                            null)
                    .exception();
        }
        exchange.about(action, null);
        pass(exchange);
    }

    void pass(Exchange exchange) throws IOException {
        Inbound inbound = exchange.inbound();
        exchange.verdict(Exchange.Verdict.PASSED);
        if (inbound.target().indexOf('#') >= 0) {
            throw Refusal.malformed("the target has a fragment").exception();
        }
        Upstream.Call call =
                new Upstream.Call(
                        inbound.method(),
                        inbound.target(),
                        Headers.passed(inbound),
                        content(exchange));
        try {
            Upstream.Answer answer = upstream.send(call);
            Streaming.head(answer, exchange.response(), false);
            exchange.response().getHeaders().put(Inbound.REQUEST_ID, inbound.requestId());
            Streaming.body(answer, exchange.response(), inbound.method().equals("HEAD"));
        } catch (Upstream.FailedException e) {
            exchange.verdict(Exchange.Verdict.FAILED);
            if (exchange.response().isCommitted()) {
                throw new IOException("Quay's answer broke off", e);
            }
            exchange.response().getHeaders().clear();
            throw Forwarding.failed(e.state(), null).exception();
        }
    }

    /// The client's body as it comes.
    private static Request.@Nullable Content content(Exchange exchange) {
        Inbound inbound = exchange.inbound();
        if (!inbound.announcesBody()) {
            return null;
        }
        String type = inbound.headers().get(HttpHeader.CONTENT_TYPE);
        long length = inbound.headers().getLongField(HttpHeader.CONTENT_LENGTH);
        return new ContentSourceRequestContent(
                exchange.request(), type == null ? "application/octet-stream" : type) {
            @Override
            public long getLength() {
                return length;
            }
        };
    }
}
