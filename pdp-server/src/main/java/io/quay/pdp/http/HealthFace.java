package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.quay.pdp.ops.Health;
import java.util.function.Supplier;

/// `GET /livez` and `GET /readyz`.
public final class HealthFace implements Face {
    private final HealthEndpoint endpoint;

    public HealthFace(Supplier<Health> health) {
        this.endpoint = new HealthEndpoint(health);
    }

    @Override
    public void register(RoutesConfig routes) {
        Face.read(routes, "/livez", endpoint::live);
        Face.read(routes, "/readyz", endpoint::ready);
    }
}
