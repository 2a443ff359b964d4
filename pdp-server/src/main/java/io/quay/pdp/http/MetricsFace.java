package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.quay.pdp.ops.Metrics;
import java.nio.charset.StandardCharsets;

/// `GET /metrics`, for Prometheus.
public final class MetricsFace implements Face {
    private final Metrics metrics;

    public MetricsFace(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void register(RoutesConfig routes) {
        Face.read(
                routes,
                "/metrics",
                context ->
                        context.contentType(Metrics.CONTENT_TYPE)
                                .header("Cache-Control", "no-store")
                                .result(metrics.exposition().getBytes(StandardCharsets.UTF_8)));
    }
}
