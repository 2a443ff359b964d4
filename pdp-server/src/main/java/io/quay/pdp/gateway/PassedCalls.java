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
        check(inbound);
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

    /// Other servers must not see another target than the one that was judged.
    private static void check(Inbound inbound) {
        if (!Upstream.isSendable(inbound.target())) {
            throw Refusal.malformed(
                            "the target begins with `//`, has a fragment, or characters that must be"
                                    + " escaped")
                    .exception();
        }
    }

    void pass(Exchange exchange) throws IOException {
        check(exchange.inbound());
        try (Slots.Slot _ =
                upstream.passed().take().orElseThrow(() -> Refusal.tooMany(null).exception())) {
            exchange.verdict(Exchange.Verdict.PASSED);
            send(exchange);
        }
    }

    private void send(Exchange exchange) throws IOException {
        Inbound inbound = exchange.inbound();
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
        // the client frames no body of unknown length that has no type
        return new ContentSourceRequestContent(
                exchange.request(), type == null ? "application/octet-stream" : type) {
            @Override
            public long getLength() {
                return length;
            }
        };
    }
}
