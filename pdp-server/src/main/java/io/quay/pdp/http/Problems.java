package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes every failure of this server as a problem (RFC 9457), with the request's id as `instance`
/// and never a stack trace.
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    static final String CONTENT_TYPE = "application/problem+json";
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
                MethodNotAllowedResponse.class,
                (failure, context) -> {
                    // Javalin knows the methods, under a key that depends on Accept.
                    String methods = String.join(", ", failure.getDetails().values());
                    context.header("Allow", methods.equals("GET") ? methods + ", HEAD" : methods);
                    writePlain(context, 405);
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
                            .addKeyValue("route", RequestIds.route(context))
                            .log("request failed");
                    writePlain(context, 500);
                });
    }

    private static void writePlain(Context context, int status) {
        String title = title(status);
        write(context, status, type(title), title, detail(status));
    }

    static String title(int status) {
        return switch (status) {
            case 400 -> "Bad request";
            case 404 -> "Not found";
            case 405 -> "Method not allowed";
            case 413 -> "Content too large";
            case 431 -> "Header fields too large";
            case 503 -> "Service unavailable";
            case 505 -> "HTTP version not supported";
            default -> status < 500 ? "Request refused" : "Internal error";
        };
    }

    static String type(String title) {
        return title.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    static String detail(int status) {
        return switch (status) {
            case 404 -> "there is nothing at this path";
            case 405 -> "this path does not take this method";
            case 413 -> "the body is larger than this server accepts";
            case 503 -> "the server is stopping";
            case 505 -> "this server speaks HTTP/1.1";
            default ->
                    status < 500
                            ? "the request cannot be served"
                            : "see the server's log for this instance";
        };
    }

    private static void write(
            Context context, int status, String type, String title, String detail) {
        context.status(status)
                .contentType(CONTENT_TYPE)
                .header("Cache-Control", "no-store")
                .result(body(status, type, title, detail, RequestIds.of(context)));
    }

    static byte[] body(int status, String type, String title, String detail, String requestId) {
        return node(status, type, title, detail, requestId)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    static ObjectNode node(int status, String type, String title, String detail, String requestId) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", TYPES + type)
                .put("title", title)
                .put("status", status)
                .put("detail", detail)
                .put("instance", "urn:quay-pdp:request:" + inUri(requestId));
    }

    /// `instance` is a URI reference (RFC 9457 §3.1.5); callers put anything into their ids.
    private static String inUri(String requestId) {
        return URLEncoder.encode(requestId, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
