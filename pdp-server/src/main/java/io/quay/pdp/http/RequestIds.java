package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import io.quay.pdp.identity.ClientSecret;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// The id of each request: the caller's `X-Request-ID`, echoed as it came (AuthZEN 1.0 §10.1.3), or
/// one of ours; and the one access line that carries it.
final class RequestIds {
    static final String HEADER = "X-Request-ID";

    private static final Logger ACCESS = LoggerFactory.getLogger("access");
    private static final String ID = "request-id";
    private static final String STARTED = "request-started";
    private static final String PRINCIPAL = "request-principal";
    private static final int MAX_LOGGED = 128;

    private RequestIds() {}

    static void register(RoutesConfig routes) {
        routes.before(context -> {
            String given = context.header(HEADER);
            String id = given == null || given.isEmpty() ? UUID.randomUUID().toString() : given;
            context.attribute(ID, ClientSecret.redacted(id));
            context.attribute(STARTED, System.nanoTime());
            context.header(HEADER, id);
            MDC.put("request_id", recorded(context));
        });
        routes.after(context -> finish(context, route(context)));
    }

    /// Writes the access line. What answers before routing, and ends the request, calls it itself.
    static void finish(Context context, String route) {
        Long started = context.attribute(STARTED);
        String principal = context.attribute(PRINCIPAL);
        ACCESS.atInfo()
                .addKeyValue("method", context.method())
                .addKeyValue("route", route)
                .addKeyValue("status", context.statusCode())
                .addKeyValue("millis", started == null ? 0 : millis(started))
                .addKeyValue("principal", principal)
                .log("request");
        MDC.remove("request_id");
    }

    /// The template, not the path: whatever callers put into paths and queries stays out of the
    /// log.
    static String route(Context context) {
        Endpoint matched = context.endpoints().matchedHttpEndpoint();
        return matched == null ? "none" : matched.path;
    }

    private static double millis(long started) {
        long micros = (System.nanoTime() - started) / 1_000;
        return micros / 1_000.0;
    }

    /// Notes who the caller proved to be, for the access line.
    static void proved(Context context, String name) {
        context.attribute(PRINCIPAL, loggable(name));
    }

    static String of(Context context) {
        String id = context.attribute(ID);
        return id == null ? "none" : id;
    }

    /// The id as records keep it.
    static String recorded(Context context) {
        return loggable(of(context));
    }

    /// Without what could break a line of a log or of an audit record.
    static String loggable(String text) {
        String safe = text.replaceAll("[^\\x21-\\x7e]", "_");
        return safe.length() <= MAX_LOGGED ? safe : safe.substring(0, MAX_LOGGED);
    }
}
