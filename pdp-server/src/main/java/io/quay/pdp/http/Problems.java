package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes every failure of this server as a problem (RFC 9457), with the request's id as `instance`
/// and never a stack trace.
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final String TYPES = "urn:quay-pdp:problem:";

    private Problems() {}

    static void register(RoutesConfig routes) {
        routes.exception(
                ProblemException.class,
                (problem, context) -> {
                    if (problem.challenge() != null) {
                        context.header("WWW-Authenticate", problem.challenge());
                    }
                    write(
                            context,
                            problem.status(),
                            problem.type(),
                            problem.title(),
                            problem.detail());
                });
        routes.exception(
                HttpResponseException.class,
                (failure, context) -> {
                    writePlain(context, failure.getStatus());
                });
        routes.exception(
                Exception.class,
                (failure, context) -> {
                    LOG.atError()
                            .setCause(failure)
                            .addKeyValue("path", context.path())
                            .log("request failed");
                    writePlain(context, 500);
                });
    }

    private static void writePlain(Context context, int status) {
        String title =
                switch (status) {
                    case 400 -> "Bad request";
                    case 404 -> "Not found";
                    case 405 -> "Method not allowed";
                    case 413 -> "Content too large";
                    default -> status < 500 ? "Request refused" : "Internal error";
                };
        String detail =
                switch (status) {
                    case 404 -> "there is nothing at this path";
                    case 405 -> "this path does not take the method " + context.method();
                    case 413 -> "the body is larger than this server accepts";
                    default ->
                            status < 500
                                    ? "the request cannot be served"
                                    : "see the server's log for this instance";
                };
        write(context, status, title.toLowerCase(Locale.ROOT).replace(' ', '-'), title, detail);
    }

    private static void write(
            Context context, int status, String type, String title, String detail) {
        ObjectNode problem =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("type", TYPES + type)
                        .put("title", title)
                        .put("status", status)
                        .put("detail", detail)
                        .put("instance", "urn:quay-pdp:request:" + RequestIds.of(context));
        context.status(status)
                .contentType("application/problem+json")
                .header("Cache-Control", "no-store")
                .result(problem.toString().getBytes(StandardCharsets.UTF_8));
    }
}
