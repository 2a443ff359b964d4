package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.audit.AuditUnavailableException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the refusals of the administration as problems (RFC 9457), with the fields that are wrong
/// in `errors`.
final class ApiProblems {
    private static final Logger LOG = LoggerFactory.getLogger(ApiProblems.class);

    private ApiProblems() {}

    static void register(RoutesConfig routes) {
        routes.exception(RefusedException.class, (refused, context) -> write(context, refused));
        routes.exception(
                Store.StorageException.class,
                (failure, context) -> {
                    LOG.atError().setCause(failure).log("nothing could be kept");
                    write(
                            context,
                            new RefusedException(
                                    failure.full() ? Refusal.STORAGE_FULL : Refusal.UNAVAILABLE,
                                    "nothing can be kept now; the change was not made"));
                });
        routes.exception(
                AuditUnavailableException.class,
                (failure, context) -> {
                    LOG.atError().setCause(failure).log("events cannot be kept");
                    write(
                            context,
                            new RefusedException(
                                    Refusal.UNAVAILABLE,
                                    "nothing can be recorded now; the change was not made"));
                });
    }

    static int status(Refusal refusal) {
        return switch (refusal) {
            case NOT_FOUND -> 404;
            case FORBIDDEN, EXCEEDS_OWN_RIGHTS -> 403;
            case NAME_TAKEN, DECLARED_IN_GIT, CREDENTIAL_TAKEN, CONFLICT -> 409;
            case STALE -> 412;
            case INVALID, KEY_REUSED -> 422;
            case UNAVAILABLE -> 503;
            case STORAGE_FULL -> 507;
        };
    }

    private static String title(Refusal refusal) {
        return switch (refusal) {
            case NOT_FOUND -> "Not found";
            case FORBIDDEN -> "Forbidden";
            case EXCEEDS_OWN_RIGHTS -> "Exceeds own rights";
            case NAME_TAKEN -> "Name taken";
            case DECLARED_IN_GIT -> "Declared in Git";
            case CREDENTIAL_TAKEN -> "Credential taken";
            case CONFLICT -> "Conflict";
            case STALE -> "Precondition failed";
            case INVALID -> "Invalid content";
            case KEY_REUSED -> "Idempotency key reused";
            case UNAVAILABLE -> "Service unavailable";
            case STORAGE_FULL -> "Insufficient storage";
        };
    }

    private static void write(Context context, RefusedException refused) {
        String title = title(refused.refusal());
        int status = status(refused.refusal());
        ObjectNode body =
                Problems.node(
                        status,
                        Problems.type(title),
                        title,
                        String.valueOf(refused.getMessage()),
                        RequestIds.of(context));
        if (!refused.fields().isEmpty()) {
            ArrayNode errors = body.putArray("errors");
            refused.fields()
                    .forEach(field ->
                            errors.addObject()
                                    .put("pointer", field.pointer())
                                    .put("detail", field.detail()));
        }
        context.status(status)
                .contentType(Problems.CONTENT_TYPE)
                .header("Cache-Control", "no-store")
                .result(body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
