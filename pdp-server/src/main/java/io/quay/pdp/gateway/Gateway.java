package io.quay.pdp.gateway;

import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.audit.CallLog;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.http.Listener;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.token.PresentedTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/// The reverse proxy before Quay's Management API, on its own listener.
public final class Gateway implements AutoCloseable {
    private static final long DRAIN_MILLIS = 10_000;
    private static final long DRAIN_IDLE_MILLIS = 3_000;

    /// What decides and records.
    ///
    /// @param issuers our own: of access tokens, and of tokens for Quay
    /// @param attributes what Quay says of repositories; null = it is not asked
    public record Parts(
            PresentedTokens tokens,
            Set<String> issuers,
            RecordedDecisions decisions,
            RequestMapper mapper,
            Supplier<LiveView> live,
            Execution execution,
            @Nullable QuayAttributes attributes,
            GrantSuspensions suspensions,
            CallLog calls,
            DecisionIds ids,
            Clock clock,
            GatewayEvents events) {
        public Parts {
            issuers = Set.copyOf(issuers);
        }
    }

    private final Listener listener;
    private final GatewaySettings settings;
    private final Upstream upstream;
    private final GatewayEvents events;
    private final Server server;

    public Gateway(Listener listener, GatewaySettings settings, Parts parts) {
        this.listener = listener;
        this.settings = settings;
        this.upstream = new Upstream(settings);
        this.events = parts.events();
        Recording recording =
                new Recording(parts.calls(), parts.ids(), parts.clock(), parts.events());
        Credentials credentials =
                new Credentials(
                        parts.tokens(),
                        parts.issuers(),
                        () ->
                                parts.live().get().issuers().stream()
                                        .map(issuer -> issuer.issuer())
                                        .collect(Collectors.toSet()),
                        settings);
        DecidedCalls decided =
                new DecidedCalls(
                        parts.tokens(),
                        parts.decisions(),
                        parts.mapper(),
                        parts.live(),
                        parts.execution(),
                        new Consequences(parts.attributes(), parts.suspensions()),
                        new Forwarding(upstream, recording),
                        recording,
                        new Bodies(settings.limits()),
                        new AccountCalls(settings.limits().maxAccountCalls()));
        this.server = new Server(threads());
        server.setHandler(
                new GatewayHandler(
                        settings,
                        credentials,
                        decided,
                        new PassedCalls(parts.mapper(), upstream, recording),
                        parts.events()));
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("gateway");
        threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        return threads;
    }

    public void start() {
        try {
            upstream.start();
            ServerConnector connector =
                    new ServerConnector(
                            server,
                            new OriginForm(
                                    configuration(settings.limits()), settings.limits().header()));
            connector.setIdleTimeout(settings.limits().idle().toMillis());
            connector.open(listener.channel());
            server.addConnector(connector);
            server.addBean(
                    new NetworkConnectionLimit(settings.limits().maxConnections(), connector));
            GracefulHandler graceful = new GracefulHandler();
            graceful.setShutdownIdleTimeout(DRAIN_IDLE_MILLIS);
            server.insertHandler(graceful);
            server.setStopTimeout(DRAIN_MILLIS);
            server.setErrorHandler(new ParserRefusals(events));
            LifeCycle.start(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Strict on the form of HTTP/1.1; on paths the decision has the word, which refuses more and
    /// records it.
    private static HttpConfiguration configuration(GatewaySettings.Limits limits) {
        HttpConfiguration http = new HttpConfiguration();
        http.setHttpCompliance(HttpCompliance.STRICT);
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setRequestHeaderSize(limits.maxHeaders());
        http.setResponseHeaderSize(limits.maxHeaders());
        http.setMaxResponseHeaderSize(2 * limits.maxHeaders());
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setSendDateHeader(false);
        return http;
    }

    /// Where it listens.
    public int port() {
        return listener.port();
    }

    /// Takes no new requests and lets those that run end.
    @Override
    public void close() {
        LifeCycle.stop(server);
        upstream.close();
    }
}
