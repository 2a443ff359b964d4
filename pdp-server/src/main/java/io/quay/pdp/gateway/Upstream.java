package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord.State;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/// The connections to Quay. Follows no redirect, keeps no cookie, decodes nothing, adds no header
/// but `Host` and `Content-Length`. Safe for use by any number of threads.
final class Upstream implements AutoCloseable {
    private static final int ANSWER_HEADERS = 65_536;
    private static final int QUEUED_PER_CONNECTION = 16;

    /// What Quay is asked.
    ///
    /// @param target path and query, sent as they are
    /// @param body null = none
    record Call(String method, String target, HttpFields headers, Request.@Nullable Content body) {}

    /// Quay's answer, as far as it is there.
    ///
    /// @param content gives the body as it comes, no faster than it is read
    record Answer(Response head, InputStreamResponseListener content, Request request) {}

    /// There is no answer.
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final State state;

        FailedException(State state, @Nullable Throwable cause) {
            super(state.code(), cause);
            this.state = state;
        }

        State state() {
            return state;
        }
    }

    private final HttpClient client;
    private final URI quay;
    private final GatewaySettings.Limits limits;

    Upstream(GatewaySettings settings) {
        this.quay = settings.quay();
        this.limits = settings.limits();
        ClientConnector connector = new ClientConnector();
        SslContextFactory.Client tls = new SslContextFactory.Client();
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        if (settings.trust() != null) {
            tls.setSslContext(settings.trust());
        }
        connector.setSslContextFactory(tls);
        this.client = new HttpClient(new HttpClientTransportOverHTTP(connector));
    }

    void start() {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("gateway-quay");
        threads.setDaemon(true);
        client.setExecutor(threads);
        client.setFollowRedirects(false);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setUserAgentField(null);
        client.setHttpCompliance(HttpCompliance.RFC9110);
        client.setConnectTimeout(limits.connect().toMillis());
        client.setAddressResolutionTimeout(limits.connect().toMillis());
        client.setIdleTimeout(limits.upstreamIdle().toMillis());
        client.setMaxConnectionsPerDestination(limits.maxUpstreamConnections());
        client.setMaxRequestsQueuedPerDestination(
                limits.maxUpstreamConnections() * QUEUED_PER_CONNECTION);
        client.setMaxRequestHeadersSize(2 * limits.maxHeaders());
        client.setMaxResponseHeadersSize(ANSWER_HEADERS);
        LifeCycle.start(client);
        client.getContentDecoderFactories().clear();
        List.of(
                        RedirectProtocolHandler.NAME,
                        WWWAuthenticationProtocolHandler.NAME,
                        ProxyAuthenticationProtocolHandler.NAME)
                .forEach(client.getProtocolHandlers()::remove);
    }

    /// Sends a call and waits for the answer's head.
    Answer send(Call call) throws FailedException {
        Request request =
                client.newRequest(quay)
                        .method(call.method())
                        .path(call.target())
                        .version(HttpVersion.HTTP_1_1)
                        .headers(headers -> headers.clear().add(call.headers()))
                        .idleTimeout(limits.answer().toMillis(), TimeUnit.MILLISECONDS)
                        .body(call.body());
        InputStreamResponseListener content = new InputStreamResponseListener();
        try {
            request.send(content);
            Response head = content.get(limits.answer().toMillis(), TimeUnit.MILLISECONDS);
            if (HttpStatus.isInformational(head.getStatus())) {
                // such as 101, a switch to another protocol that nobody asked for
                var _ = request.abort(new IOException("no final answer"));
                throw new FailedException(State.BROKEN, null);
            }
            return new Answer(head, content, request);
        } catch (TimeoutException e) {
            var _ = request.abort(e);
            throw new FailedException(State.TIMED_OUT, e);
        } catch (ExecutionException e) {
            throw new FailedException(state(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            var _ = request.abort(e);
            Thread.currentThread().interrupt();
            throw new FailedException(State.BROKEN, e);
        } catch (RuntimeException e) {
            throw new FailedException(state(e), e);
        }
    }

    /// Whether Quay may have seen the call.
    private static State state(@Nullable Throwable cause) {
        return switch (cause) {
            case SocketTimeoutException _,
                    ConnectException _,
                    NoRouteToHostException _,
                    UnknownHostException _,
                    UnresolvedAddressException _,
                    RejectedExecutionException _,
                    SSLException _ ->
                    State.UNREACHED;
            case TimeoutException _ -> State.TIMED_OUT;
            case null, default -> State.BROKEN;
        };
    }

    @Override
    public void close() {
        LifeCycle.stop(client);
    }
}
