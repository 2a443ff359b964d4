package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/// The connections to Quay. Sends targets byte for byte, follows no redirect, keeps no cookie,
/// decodes nothing, adds no header but `Host` and `Content-Length`. Safe for use by any number of
/// threads.
final class Upstream implements AutoCloseable {
    private static final int ANSWER_HEADERS = 65_536;

    private static final int HIGHEST_STATUS = 599;

    /// Bytes of a body that is waited for with its head.
    private static final int SMALL_BODY = 16_384;

    /// What Quay is asked.
    ///
    /// @param target path and query, sent as they are
    /// @param body null = none
    record Call(String method, String target, HttpFields headers, Request.@Nullable Content body) {}

    /// Quay's answer, as far as it is there.
    ///
    /// @param begun what is there of the body
    /// @param rest gives the rest as it comes, no faster than it is read; null = there is none
    record Answer(
            Response head, ByteBuffer begun, Content.@Nullable Source rest, Request request) {}

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

    /// A request for one target, whatever a URI's rules make of it: the library would read it as a
    /// URI, and send what it read.
    private static final class Verbatim extends HttpRequest {
        private final URI quay;
        private final String path;
        private final @Nullable String query;

        Verbatim(HttpClient client, URI quay, HttpURI target) {
            super(client, new HttpConversation(), quay);
            this.quay = quay;
            this.path = target.getPath();
            this.query = target.getQuery();
        }

        @Override
        public String getPath() {
            return path;
        }

        @Override
        public @Nullable String getQuery() {
            return query;
        }

        @Override
        public URI getURI() {
            return quay;
        }
    }

    /// How far a call got.
    private static final class Progress {
        private volatile boolean begun;
        private volatile boolean headSent;
    }

    /// Takes in a head, and a small body with it, on the thread that reads from Quay: so whoever
    /// waits is woken once, when there is something to do.
    private static final class Arrival implements Response.Listener {
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
        private final Request request;

        /// Null until the head is there.
        private Content.@Nullable Source content;

        Arrival(Request request) {
            this.request = request;
        }

        @Override
        public void onContentSource(Response head, Content.Source source) {
            content = source;
            read(head, source);
        }

        private void read(Response head, Content.Source source) {
            while (begun.size() <= SMALL_BODY) {
                Content.Chunk chunk = source.read();
                if (chunk == null && isSmall(head)) {
                    source.demand(
                            Invocable.from(
                                    Invocable.InvocationType.NON_BLOCKING,
                                    () -> read(head, source)));
                    return;
                }
                if (chunk == null || Content.Chunk.isFailure(chunk)) {
                    break;
                }
                begun.writeBytes(BufferUtil.toArray(chunk.getByteBuffer()));
                chunk.release();
                if (chunk.isLast()) {
                    arrived(head, null);
                    return;
                }
            }
            arrived(head, source);
        }

        private static boolean isSmall(Response head) {
            long announced = head.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
            return announced >= 0 && announced <= SMALL_BODY;
        }

        private void arrived(Response head, Content.@Nullable Source rest) {
            answer.complete(new Answer(head, ByteBuffer.wrap(begun.toByteArray()), rest, request));
        }

        /// After the head it is the body that failed: whoever reads on learns it.
        @Override
        public void onComplete(Result result) {
            if (result.isFailed()) {
                if (content == null) {
                    answer.completeExceptionally(result.getFailure());
                } else {
                    arrived(result.getResponse(), content);
                }
            }
        }
    }

    private final HttpClient client;
    private final URI quay;
    private final GatewaySettings.Limits limits;
    private final Slots decided;
    private final Slots passed;

    Upstream(GatewaySettings settings) {
        this.quay = settings.quay();
        this.limits = settings.limits();
        this.decided = new Slots(limits.maxUpstreamConnections(), limits.answer());
        this.passed = new Slots(limits.maxUpstreamConnections(), limits.answer());
        ClientConnector connector = new ClientConnector();
        SslContextFactory.Client tls = new SslContextFactory.Client();
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        if (settings.trust() != null) {
            tls.setSslContext(settings.trust());
        }
        connector.setSslContextFactory(tls);
        HttpClientTransportOverHTTP transport = new HttpClientTransportOverHTTP(connector);
        // what listens to an answer here only notes it: no other thread is woken for that
        transport.setInvocationType(Invocable.InvocationType.NON_BLOCKING);
        this.client = new HttpClient(transport);
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
        // a call holds a slot, and so waits for no other's connection
        client.setMaxConnectionsPerDestination(2 * limits.maxUpstreamConnections());
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

    /// Of decided calls. Whoever waits does so before the last look at whether the call may be
    /// made.
    Slots decided() {
        return decided;
    }

    /// Of passed calls, which anybody can make and hold up.
    Slots passed() {
        return passed;
    }

    /// Whether a target can be sent as it is.
    static boolean isSendable(String target) {
        return sendable(target).isPresent();
    }

    /// What the library writes as this very target: origin-form (RFC 9112 §3.2.1) of visible ASCII,
    /// without what some servers take for an authority or a fragment. Empty when there is none.
    private static Optional<HttpURI> sendable(String target) {
        boolean fit =
                target.startsWith("/")
                        && !target.startsWith("//")
                        && target.chars().allMatch(c -> c > ' ' && c < 127 && c != '#');
        if (!fit) {
            return Optional.empty();
        }
        String[] parts = target.split("\\?", 2);
        try {
            HttpURI uri =
                    HttpURI.from(
                            null, null, -1, parts[0], parts.length > 1 ? parts[1] : null, null);
            return Optional.of(uri).filter(it -> it.toString().equals(target));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Sends a call and waits for the answer's head, and for its body if that is small. The caller
    /// holds a slot.
    Answer send(Call call) throws FailedException {
        HttpURI target =
                sendable(call.target())
                        .orElseThrow(() -> new FailedException(State.UNREACHED, null));
        Progress progress = new Progress();
        Request request =
                new Verbatim(client, quay, target)
                        .method(call.method())
                        .onRequestBegin(_ -> progress.begun = true)
                        .onRequestCommit(_ -> progress.headSent = true)
                        .version(HttpVersion.HTTP_1_1)
                        .headers(headers -> headers.clear().add(call.headers()))
                        .idleTimeout(limits.answer().toMillis(), TimeUnit.MILLISECONDS)
                        .body(call.body());
        Arrival arrival = new Arrival(request);
        try {
            request.send(arrival);
            Answer answer = arrival.answer.get(limits.answer().toMillis(), TimeUnit.MILLISECONDS);
            if (!isAnswer(answer.head().getStatus())) {
                var _ = request.abort(new IOException("no final answer"));
                throw new FailedException(State.BROKEN, null);
            }
            return answer;
        } catch (TimeoutException e) {
            var _ = request.abort(e);
            throw new FailedException(state(progress, e), e);
        } catch (ExecutionException e) {
            throw new FailedException(state(progress, e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            var _ = request.abort(e);
            Thread.currentThread().interrupt();
            throw new FailedException(State.BROKEN, e);
        } catch (RuntimeException e) {
            throw new FailedException(state(progress, e), e);
        }
    }

    /// Not 101, a switch to another protocol that nobody asked for, nor 407, which is for us, nor
    /// what is no status (RFC 9110 §15).
    private static boolean isAnswer(int status) {
        return status >= HttpStatus.OK_200
                && status <= HIGHEST_STATUS
                && status != HttpStatus.PROXY_AUTHENTICATION_REQUIRED_407;
    }

    /// Whether Quay may have seen the call. TLS is agreed on when the first bytes are to be sent.
    private static State state(Progress progress, @Nullable Throwable cause) {
        if (!progress.begun || (cause instanceof SSLException && !progress.headSent)) {
            return State.UNREACHED;
        }
        return cause instanceof TimeoutException ? State.TIMED_OUT : State.BROKEN;
    }

    @Override
    public void close() {
        LifeCycle.stop(client);
    }
}
