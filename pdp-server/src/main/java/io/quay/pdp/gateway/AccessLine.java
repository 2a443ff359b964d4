package io.quay.pdp.gateway;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// One line in the access log for each request, without its path: whatever callers put into paths
/// stays out of the log.
final class AccessLine {
    /// The attribute of requests that have theirs.
    static final String TOLD = AccessLine.class.getName();

    private static final Logger ACCESS = LoggerFactory.getLogger("access");

    private AccessLine() {}

    /// @param started of `System.nanoTime`
    static void write(Exchange exchange, int status, long started, String verdict) {
        write(
                ACCESS.atInfo()
                        .addKeyValue("method", exchange.inbound().method())
                        .addKeyValue("route", exchange.route() == null ? "none" : exchange.route())
                        .addKeyValue("principal", exchange.principal()),
                status,
                started,
                verdict,
                exchange.inbound().requestId());
    }

    /// Of what is no request in its form.
    static void write(String method, int status, long started, String verdict, String requestId) {
        write(
                ACCESS.atInfo().addKeyValue("method", method).addKeyValue("route", "none"),
                status,
                started,
                verdict,
                requestId);
    }

    private static void write(
            LoggingEventBuilder line, int status, long started, String verdict, String requestId) {
        long micros = (System.nanoTime() - started) / 1_000;
        line.addKeyValue("status", status)
                .addKeyValue("millis", micros / 1_000.0)
                .addKeyValue("gateway", verdict)
                .addKeyValue("request_id", requestId)
                .log("request");
    }
}
