package io.quay.pdp.gateway;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves one request after the other on threads that may wait: screens it, finds out whose it is,
/// and has it decided, passed or refused.
final class GatewayHandler extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayHandler.class);

    private final GatewaySettings settings;
    private final Credentials credentials;
    private final DecidedCalls decided;
    private final PassedCalls passed;
    private final GatewayEvents events;
    private final Semaphore deciding;
    private final Semaphore passing;

    /// The serving of one request.
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    GatewayHandler(
            GatewaySettings settings,
            Credentials credentials,
            DecidedCalls decided,
            PassedCalls passed,
            GatewayEvents events) {
        this.settings = settings;
        this.credentials = credentials;
        this.decided = decided;
        this.passed = passed;
        this.events = events;
        // strangers can hold up what is passed: never what is decided
        this.deciding = new Semaphore(settings.limits().maxCalls());
        this.passing = new Semaphore(settings.limits().maxCalls());
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        long started = System.nanoTime();
        Exchange exchange =
                new Exchange(request, response, Inbound.of(request, settings.proxies()));
        response.getHeaders().put(Inbound.REQUEST_ID, exchange.inbound().requestId());
        request.setAttribute(AccessLine.TOLD, true);
        try {
            serveOrRefuse(exchange);
            callback.succeeded();
        } catch (IOException | RuntimeException e) {
            LOG.atDebug()
                    .setCause(e)
                    .addKeyValue("request_id", exchange.inbound().requestId())
                    .log("a request ended early");
            callback.failed(e);
        } finally {
            tell(exchange, started);
        }
        return true;
    }

    private void serveOrRefuse(Exchange exchange) throws IOException {
        try {
            serve(exchange);
        } catch (Refusal.RefusedException e) {
            exchange.refuse(e.refusal());
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("request_id", exchange.inbound().requestId())
                    .log("serving a request failed");
            if (exchange.response().isCommitted()) {
                throw e;
            }
            exchange.verdict(Exchange.Verdict.FAILED);
            exchange.refuse(
                    new Refusal(
                            500,
                            Refusal.DOWNSTREAM_ISSUE,
                            "internal_error",
                            "see the decision point's log for this request id",
                            null));
        }
    }

    private void serve(Exchange exchange) throws IOException {
        Screening.check(exchange.inbound());
        if (ApiPaths.isApi(exchange.inbound().target())) {
            api(exchange);
        } else {
            other(exchange);
        }
    }

    private static void within(Semaphore calls, Work work) throws IOException {
        if (!calls.tryAcquire()) {
            throw Refusal.tooMany(null).exception();
        }
        try {
            work.run();
        } finally {
            calls.release();
        }
    }

    private void api(Exchange exchange) throws IOException {
        switch (credentials.of(exchange.inbound())) {
            case Credential.Foreign foreign ->
                    within(passing, () -> passed.foreign(exchange, foreign));
            case Credential.Ours ours -> within(deciding, () -> decided.serve(exchange, ours));
            case Credential.Workload workload ->
                    within(deciding, () -> decided.serve(exchange, workload));
            case Credential.None none -> within(deciding, () -> decided.serve(exchange, none));
        }
    }

    private void other(Exchange exchange) throws IOException {
        if (!settings.passOthers()) {
            throw new Refusal(
                            403,
                            Refusal.INVALID_REQUEST,
                            "other_path",
                            "this gateway serves Quay's Management API (/api/v1) alone",
                            null)
                    .exception();
        }
        Optional<String> unfit = credentials.unfitToPass(exchange.inbound());
        if (unfit.isPresent()) {
            throw new Refusal(401, Refusal.INVALID_TOKEN, "other_path", unfit.get(), null)
                    .exception();
        }
        within(passing, () -> passed.pass(exchange));
    }

    private void tell(Exchange exchange, long started) {
        String verdict = exchange.verdict().name().toLowerCase(Locale.ROOT);
        int status = exchange.response().getStatus();
        events.answered(verdict, status);
        AccessLine.write(exchange, status, started, verdict);
    }
}
