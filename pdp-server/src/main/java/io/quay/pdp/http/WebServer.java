package io.quay.pdp.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.util.JavalinBindException;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.ops.Health;
import java.net.BindException;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.jspecify.annotations.Nullable;

/// The HTTP server and its table of routes.
public final class WebServer implements AutoCloseable {
    private static final long DRAIN_MILLIS = 10_000;

    /// How long a connection may say nothing while the server stops, also amid a request.
    private static final long DRAIN_IDLE_MILLIS = 3_000;

    /// What it listens on and accepts.
    ///
    /// @param port 0 = any that is free
    public record Settings(String host, int port, Limits limits) {}

    /// @param maxBody of a request, in bytes
    /// @param maxJsonDepth of a request's body
    /// @param maxTokenSize of a workload token, in bytes
    public record Limits(long maxBody, int maxJsonDepth, int maxTokenSize) {}

    private final Javalin javalin;

    public WebServer(
            Settings settings,
            List<Pep> peps,
            RecordedDecisions decisions,
            @Nullable Federation federation,
            Supplier<Health> health) {
        AuthorizeEndpoint authorize =
                new AuthorizeEndpoint(new Callers(peps), decisions, federation, settings.limits());
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
        config.http.maxRequestSize = settings.limits().maxBody();
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
        config.jetty.modifyServletContextHandler(
                handler -> handler.setErrorHandler(new ServerProblems()));
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new ServerProblems());
            GracefulHandler graceful = new GracefulHandler();
            graceful.setShutdownIdleTimeout(DRAIN_IDLE_MILLIS);
            server.insertHandler(graceful);
            server.setStopTimeout(DRAIN_MILLIS);
        });
    }

    /// @throws BindException when the address cannot be had
    public void start() throws BindException {
        try {
            javalin.start();
        } catch (JavalinBindException e) {
            BindException refused = new BindException(reason(e));
            refused.initCause(e);
            throw refused;
        }
    }

    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
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
