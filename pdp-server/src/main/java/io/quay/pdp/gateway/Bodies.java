package io.quay.pdp.gateway;

import io.quay.pdp.quay.RequestBody;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Promise;

/// Reads the bodies of calls that are decided: whole, bounded in size and time. Safe for use by any
/// number of threads.
final class Bodies {
    private final GatewaySettings.Limits limits;

    Bodies(GatewaySettings.Limits limits) {
        this.limits = limits;
    }

    /// @throws Refusal.RefusedException when it is too large or too slow, or the method takes none
    RequestBody read(Exchange exchange) {
        Inbound inbound = exchange.inbound();
        if (!inbound.announcesBody()) {
            return new RequestBody.Absent();
        }
        if (inbound.readsOnly()) {
            throw Refusal.malformed("a request that only reads has no body; send none").exception();
        }
        if (inbound.headers().getLongField("Content-Length") > limits.maxBody()) {
            throw tooLarge();
        }
        byte[] content = content(exchange);
        return content.length == 0
                ? new RequestBody.Absent()
                : new RequestBody.Raw(content, Headers.encoding(inbound));
    }

    private byte[] content(Exchange exchange) {
        CompletableFuture<byte[]> content = new CompletableFuture<>();
        Content.Source.asByteArrayAsync(
                exchange.request(), limits.maxBody(), Promise.Invocable.toPromise(content));
        try {
            return content.get(limits.body().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            exchange.request().fail(e);
            throw new Refusal(
                            HttpStatus.REQUEST_TIMEOUT_408,
                            Refusal.INVALID_REQUEST,
                            Refusal.MALFORMED,
                            "the body did not arrive in time",
                            null)
                    .exception();
        } catch (ExecutionException e) {
            // asByteArrayAsync has no other word for what is larger than asked for
            if (e.getCause() instanceof IllegalStateException) {
                throw tooLarge();
            }
            throw Refusal.malformed("the body broke off").exception();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw Refusal.malformed("the body broke off").exception();
        }
    }

    private Refusal.RefusedException tooLarge() {
        return new Refusal(
                        HttpStatus.PAYLOAD_TOO_LARGE_413,
                        Refusal.INVALID_REQUEST,
                        Refusal.MALFORMED,
                        "the body is larger than " + limits.maxBody() + " bytes",
                        null)
                .exception();
    }
}
