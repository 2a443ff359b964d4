package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.quay.pdp.ops.Health;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/// `GET /livez` and `GET /readyz`.
final class HealthEndpoint {
    private final Supplier<Health> health;

    HealthEndpoint(Supplier<Health> health) {
        this.health = health;
    }

    void live(Context context) {
        context.status(200).contentType("application/json").result("{\"status\":\"ok\"}");
    }

    /// 503 when a check failed; a server on its last good policies is degraded and ready.
    void ready(Context context) {
        Health now = health.get();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("status", now.status().text());
        ObjectNode checks = body.putObject("checks");
        now.checks()
                .forEach(check ->
                        checks.putObject(check.name())
                                .put("status", check.status().text())
                                .put("detail", check.detail()));
        context.status(now.ready() ? 200 : 503)
                .contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
