package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
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
    private static final int MAX_LOGGED = 128;

    private RequestIds() {}

    static void register(RoutesConfig routes) {
        routes.before(context -> {
            String given = context.header(HEADER);
            String id = given == null || given.isEmpty() ? UUID.randomUUID().toString() : given;
            context.attribute(ID, id);
            context.attribute(STARTED, System.nanoTime());
            context.header(HEADER, id);
            MDC.put("request_id", loggable(id));
        });
        routes.after(context -> {
            Long started = context.attribute(STARTED);
            ACCESS.atInfo()
                    .addKeyValue("method", context.method())
                    .addKeyValue("path", loggable(context.path()))
                    .addKeyValue("status", context.statusCode())
                    .addKeyValue(
                            "micros", started == null ? 0 : (System.nanoTime() - started) / 1_000)
                    .log("request");
            MDC.remove("request_id");
        });
    }

    static String of(Context context) {
        String id = context.attribute(ID);
        return id == null ? "none" : id;
    }

    private static String loggable(String text) {
        String safe = text.replaceAll("[^\\x21-\\x7e]", "_");
        return safe.length() <= MAX_LOGGED ? safe : safe.substring(0, MAX_LOGGED);
    }
}
