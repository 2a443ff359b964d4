package io.quay.pdp.http;

import com.fasterxml.jackson.core.JsonFactory;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.ops.Health;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The HTTP server and its table of routes.
public final class WebServer implements AutoCloseable {
    private static final long DRAIN_MILLIS = 10_000;

    /// What it listens on and accepts.
    ///
    /// @param port 0 = any that is free
    /// @param maxBody in bytes
    /// @param maxJsonDepth of a request body
    public record Settings(String host, int port, long maxBody, int maxJsonDepth) {}

    private final Javalin javalin;

    public WebServer(
            Settings settings,
            List<Pep> peps,
            RecordedDecisions decisions,
            @Nullable Federation federation,
            Supplier<Health> health) {
        JsonFactory json = JsonBody.factory(settings.maxJsonDepth());
        AuthorizeEndpoint authorize =
                new AuthorizeEndpoint(new Callers(peps), decisions, federation, json);
        HealthEndpoint healthEndpoint = new HealthEndpoint(health);
        this.javalin =
                Javalin.create(config -> {
                    configure(config, settings);
                    RequestIds.register(config.routes);
                    Problems.register(config.routes);
                    config.routes.post("/authorize", authorize::authorize);
                    config.routes.post("/access/v1/evaluation", authorize::evaluation);
                    config.routes.get("/livez", healthEndpoint::live);
                    config.routes.get("/readyz", healthEndpoint::ready);
                });
    }

    private static void configure(JavalinConfig config, Settings settings) {
        config.jetty.host = settings.host();
        config.jetty.port = settings.port();
        config.http.maxRequestSize = settings.maxBody();
        config.http.prefer405over404 = true;
        config.router.ignoreTrailingSlashes = false;
        config.concurrency.useVirtualThreads = true;
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setSendXPoweredBy(false);
        });
        config.jetty.modifyServer(server -> server.setStopTimeout(DRAIN_MILLIS));
    }

    public void start() {
        javalin.start();
    }

    /// The port it listens on.
    public int port() {
        return javalin.port();
    }

    /// Takes no new requests and lets those that run end.
    @Override
    public void close() {
        javalin.stop();
    }
}
