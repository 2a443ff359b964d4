package io.quay.pdp.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/// Asks Quay's Management API on the server's own behalf. Follows no redirects, keeps no cookies,
/// waits and reads within limits; credentials are in no message and no log. Safe for use by any
/// number of threads.
public final class QuayApi implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_MESSAGE = 200;
    private static final int MAX_CONNECTIONS = 16;
    private static final int MAX_WAITING = 256;
    private static final int THREADS = 8;
    private static final int MAX_HEADERS = 16 * 1024;
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._+-]{0,254}");

    /// @param baseUrl of Quay, without a final slash
    /// @param tls null = the system's certificates
    /// @param timeout of one question, all in all
    /// @param maxAnswer in bytes
    public record Settings(URI baseUrl, @Nullable SSLContext tls, Duration timeout, int maxAnswer) {
        // Quay takes most of a second of its processor for each OAuth token that it checks, so a
        // question behind ten calls of one worker waits as long as they take together.
        private static final Duration USUAL = Duration.ofSeconds(20);
        private static final int USUAL_ANSWER = 1 << 20;

        public Settings(URI baseUrl, @Nullable SSLContext tls) {
            this(baseUrl, tls, USUAL, USUAL_ANSWER);
        }
    }

    private final Settings settings;
    private final HttpClient client;

    private QuayApi(Settings settings, HttpClient client) {
        this.settings = settings;
        this.client = client;
    }

    /// @throws IOException when the client cannot be started
    public static QuayApi open(Settings settings) throws IOException {
        ClientConnector connector = new ClientConnector();
        SslContextFactory.Client tls = new SslContextFactory.Client();
        if (settings.tls() != null) {
            tls.setSslContext(settings.tls());
        }
        connector.setSslContextFactory(tls);
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP(connector));
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 2);
        threads.setName("quay-api");
        threads.setDaemon(true);
        client.setExecutor(threads);
        client.setFollowRedirects(false);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "quay-pdp"));
        client.setConnectTimeout(settings.timeout().toMillis());
        client.setIdleTimeout(Duration.ofSeconds(30).toMillis());
        client.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
        client.setMaxRequestsQueuedPerDestination(MAX_WAITING);
        client.setMaxResponseHeadersSize(MAX_HEADERS);
        try {
            client.start();
        } catch (Exception e) {
            throw new IOException("the client of Quay's API cannot be started", e);
        }
        // Quay's 401 has no challenge, which the handler of challenges takes for a broken answer.
        client.getProtocolHandlers().clear();
        return new QuayApi(settings, client);
    }

    /// A name as one segment of a path.
    ///
    /// @throws IllegalArgumentException for what would not stay one segment
    static String segment(String name) {
        if (!SEGMENT.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name of Quay's");
        }
        return name;
    }

    QuayAnswer get(String path, String authorization) {
        return ask("GET", path, authorization, null);
    }

    /// @param path canonical, with the query
    /// @param authorization the header's value; a secret
    QuayAnswer ask(String method, String path, String authorization, @Nullable ObjectNode body) {
        Request request =
                client.newRequest(URI.create(settings.baseUrl() + path))
                        .method(method)
                        .timeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
                        .headers(headers ->
                                headers.put(HttpHeader.AUTHORIZATION, authorization)
                                        .put(HttpHeader.ACCEPT, "application/json"));
        if (body != null) {
            request.body(new StringRequestContent("application/json", body.toString()));
        }
        try {
            return read(
                    new CompletableResponseListener(request, settings.maxAnswer())
                            .send()
                            .get(settings.timeout().toMillis() + 1_000, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var _ = request.abort(e);
            return new QuayAnswer.Missing("interrupted");
        } catch (TimeoutException e) {
            var _ = request.abort(e);
            return new QuayAnswer.Missing("Quay did not answer in time");
        } catch (ExecutionException e) {
            return new QuayAnswer.Missing(why(e.getCause()));
        }
    }

    /// The kind of failure alone: what libraries say may quote what was sent.
    private static String why(@Nullable Throwable cause) {
        return switch (cause) {
            case TimeoutException _ -> "Quay did not answer in time";
            case java.net.ConnectException _ -> "Quay cannot be connected to";
            case javax.net.ssl.SSLException _ -> "no TLS with Quay: is `quay.ca_file` needed?";
            case null -> "Quay cannot be asked";
            default -> "Quay cannot be asked: " + cause.getClass().getSimpleName();
        };
    }

    private static QuayAnswer read(ContentResponse response) {
        int status = response.getStatus();
        if (status >= 300 && status < 400) {
            return new QuayAnswer.Missing("Quay answered with a redirect");
        }
        if (status >= 500 || status == 429 || status < 200) {
            return new QuayAnswer.Missing("Quay answered " + status);
        }
        JsonNode body = body(response);
        if (status >= 400) {
            return new QuayAnswer.Refused(status, message(status, body));
        }
        return body == null
                ? new QuayAnswer.Missing("Quay answered something that is not JSON")
                : new QuayAnswer.Ok(status, body);
    }

    /// Null when it is not JSON.
    private static @Nullable JsonNode body(ContentResponse response) {
        String text = response.getContentAsString();
        if (text == null || text.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException _) {
            return null;
        }
    }

    private static String message(int status, @Nullable JsonNode body) {
        if (body != null) {
            for (String member : new String[] {"error_message", "detail", "message", "error"}) {
                String text = body.path(member).asText("");
                if (!text.isBlank()) {
                    String plain = text.replaceAll("\\p{Cntrl}", " ");
                    return status
                            + " "
                            + (plain.length() > MAX_MESSAGE
                                    ? plain.substring(0, MAX_MESSAGE)
                                    : plain);
                }
            }
        }
        return String.valueOf(status);
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    @Override
    public void close() {
        try {
            client.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the client of Quay's API cannot be stopped", e);
        }
    }
}
