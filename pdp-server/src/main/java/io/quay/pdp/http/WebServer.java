package io.quay.pdp.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/// The HTTP server and its table of routes.
public final class WebServer implements AutoCloseable {
    private static final long DRAIN_MILLIS = 10_000;

    /// How long a connection may say nothing while the server stops, also amid a request.
    private static final long DRAIN_IDLE_MILLIS = 3_000;

    /// Of a request line with its headers, in bytes: more than nginx, HAProxy and Envoy let
    /// through, so that what they ask about is decided.
    private static final int MAX_HEAD = 64 * 1024;

    /// @param maxBody of a request, in bytes
    /// @param maxJsonDepth of a request's body
    /// @param maxTokenSize of a workload token, in bytes
    public record Limits(long maxBody, int maxJsonDepth, int maxTokenSize) {}

    private final Javalin javalin;

    public WebServer(Listener listener, Limits limits, List<Face> faces) {
        this.javalin =
                Javalin.create(config -> {
                    configure(config, listener, limits);
                    RequestIds.register(config.routes);
                    Problems.register(config.routes);
                    faces.forEach(face -> face.register(config.routes));
                });
    }

    private static void configure(JavalinConfig config, Listener listener, Limits limits) {
        config.jetty.addConnector((server, http) -> connector(server, http, listener));
        config.http.maxRequestSize = limits.maxBody();
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

    private static ServerConnector connector(
            Server server, HttpConfiguration http, Listener listener) {
        http.setRequestHeaderSize(MAX_HEAD);
        RequestTargets.guard(http);
        try {
            ServerConnector connector =
                    new ServerConnector(server, new HttpConnectionFactory(http));
            connector.open(listener.channel());
            return connector;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void start() {
        javalin.start();
    }

    /// Takes no new requests and lets those that run end.
    @Override
    public void close() {
        javalin.stop();
    }
}
