package io.quay.pdp.jose;

import io.quay.pdp.federation.AddressClass;
import io.quay.pdp.jose.GuardedResolver.Names;
import io.quay.pdp.jose.GuardedResolver.RefusedAddressException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// The only way out to issuers: one bounded request to a registered origin, whose address is judged
/// when it is connected to. No redirects, cookies, compression or second attempts. Safe for use by
/// any number of threads.
///
/// Every request has a client and a thread of its own: requests are rare, a replaced CA file counts
/// at once, and looking up a name can only be left behind, not ended.
public final class Outbound {
    static final int MAX_BYTES = 256 * 1024;
    private static final int MAX_HEADER_LINE = 16 * 1024;
    private static final int MAX_HEADERS = 100;

    private final @Nullable Proxy proxy;
    private final @Nullable Path caFile;
    private final Limits limits;
    private final Names names;

    /// An HTTP proxy that is asked to `CONNECT` (RFC 9110 §9.3.6). It resolves the names, so that
    /// it, not this process, keeps them from private addresses.
    public record Proxy(String host, int port) {}

    /// @param total from the call to the last byte
    record Limits(Duration connect, Duration total) {
        static final Limits DEFAULT = new Limits(Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    /// @param proxy for origins at public addresses; null = none
    /// @param caFile PEM certificates to trust where an issuer has none of its own; null = the
    ///   system's
    public Outbound(@Nullable Proxy proxy, @Nullable Path caFile) {
        this(proxy, caFile, Limits.DEFAULT, InetAddress::getAllByName);
    }

    Outbound(@Nullable Proxy proxy, @Nullable Path caFile, Limits limits, Names names) {
        this.proxy = proxy;
        this.caFile = caFile;
        this.limits = limits;
        this.names = names;
    }

    byte[] get(Destination destination, URI uri) throws OutboundException {
        destination.admit(uri);
        HttpGet request = new HttpGet(uri);
        request.setHeader("Accept", "application/json, */*");
        return send(destination, uri, request);
    }

    byte[] post(Destination destination, URI uri, String json) throws OutboundException {
        destination.admit(uri);
        HttpPost request = new HttpPost(uri);
        request.setHeader("Accept", "application/json");
        request.setEntity(new StringEntity(json, ContentType.APPLICATION_JSON));
        return send(destination, uri, request);
    }

    private byte[] send(Destination destination, URI uri, HttpUriRequestBase request)
            throws OutboundException {
        Path bearer = destination.access().bearerFile();
        if (bearer != null) {
            request.setHeader("Authorization", BearerFile.authorization(bearer));
        }
        CloseableHttpClient client = client(destination, uri);
        FutureTask<byte[]> exchange = new FutureTask<>(() -> exchange(client, host(uri), request));
        Thread.ofPlatform().daemon().name("outbound").start(exchange);
        try {
            return exchange.get(limits.total().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw new OutboundException("no complete answer in time");
        } catch (ExecutionException e) {
            throw refusal(e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new OutboundException("interrupted");
        } finally {
            request.cancel();
            client.close(CloseMode.IMMEDIATE);
        }
    }

    private static HttpHost host(URI uri) {
        String host = uri.getHost();
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new HttpHost(uri.getScheme(), bare, uri.getPort());
    }

    private static byte[] exchange(
            CloseableHttpClient client, HttpHost host, HttpUriRequestBase request)
            throws IOException, OutboundException {
        // Not closed politely: then the connection would first be read to its end.
        return body(client.executeOpen(host, request, null));
    }

    private static byte[] body(ClassicHttpResponse answer) throws IOException, OutboundException {
        if (answer.getCode() != 200 && answer.getCode() != 201) {
            throw new OutboundException("answer has status " + answer.getCode(), answer.getCode());
        }
        HttpEntity entity = answer.getEntity();
        InputStream content = entity == null ? null : entity.getContent();
        byte[] body = content == null ? new byte[0] : content.readNBytes(MAX_BYTES + 1);
        if (body.length > MAX_BYTES) {
            throw new OutboundException("the answer is longer than 256 KiB");
        }
        return body;
    }

    private static OutboundException refusal(@Nullable Throwable cause) {
        return switch (cause) {
            case OutboundException known -> known;
            case RefusedAddressException refused ->
                    new OutboundException(String.valueOf(refused.getMessage()));
            case SSLException tls ->
                    new OutboundException(
                            "TLS fails, or the server's certificate is not trusted: "
                                    + tls.getClass().getSimpleName());
            case null -> new OutboundException("no answer");
            default -> new OutboundException("no answer: " + cause.getClass().getSimpleName());
        };
    }

    private CloseableHttpClient client(Destination destination, URI uri) throws OutboundException {
        Proxy through = destination.privateNetwork() ? null : proxy;
        HttpClientBuilder builder =
                HttpClients.custom()
                        .setConnectionManager(connections(destination, uri, through))
                        .setDefaultRequestConfig(
                                RequestConfig.custom()
                                        .setResponseTimeout(timeout(limits.total()))
                                        .setRedirectsEnabled(false)
                                        .setAuthenticationEnabled(false)
                                        .setProtocolUpgradeEnabled(false)
                                        .build())
                        .setUserAgent("quay-pdp")
                        .disableRedirectHandling()
                        .disableAutomaticRetries()
                        .disableContentCompression()
                        .disableCookieManagement()
                        .disableAuthCaching();
        if (through != null) {
            refusePrivateName(uri);
            builder.setProxy(new HttpHost("http", through.host(), through.port()));
        }
        return builder.build();
    }

    private HttpClientConnectionManager connections(
            Destination destination, URI uri, @Nullable Proxy through) throws OutboundException {
        // The proxy is the operator's own, wherever it is.
        GuardedResolver resolver =
                through == null
                        ? new GuardedResolver(
                                names, destination.privateNetwork(), !Destination.isHttps(uri))
                        : new GuardedResolver(names, true, false);
        // Of the two kinds of connection managers the one that can be cancelled while it looks up a
        // name or connects.
        return PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(resolver)
                .setTlsSocketStrategy(tls(destination))
                .setConnectionFactory(
                        ManagedHttpClientConnectionFactory.builder()
                                .http1Config(
                                        Http1Config.custom()
                                                .setMaxLineLength(MAX_HEADER_LINE)
                                                .setMaxHeaderCount(MAX_HEADERS)
                                                .build())
                                .build())
                .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                                .setConnectTimeout(timeout(limits.connect()))
                                .setSocketTimeout(timeout(limits.total()))
                                .build())
                .build();
    }

    private TlsSocketStrategy tls(Destination destination) throws OutboundException {
        if (destination.serverTrust() != null) {
            return new DefaultClientTlsStrategy(
                    ServerTrust.context(destination.serverTrust()),
                    HostnameVerificationPolicy.CLIENT,
                    NoopHostnameVerifier.INSTANCE);
        }
        Path own = destination.access().caFile();
        return new DefaultClientTlsStrategy(
                ServerTrust.of(own == null ? caFile : own),
                HostnameVerificationPolicy.BUILTIN,
                NoopHostnameVerifier.INSTANCE);
    }

    /// What goes through a proxy is not resolved here. An address that is written out is judged all
    /// the same, also in the old spellings of numbers (`0x7f.1`).
    private static void refusePrivateName(URI uri) throws OutboundException {
        String host = host(uri).getHostName();
        boolean bad;
        try {
            InetAddress literal =
                    host.contains(":")
                            ? InetAddress.ofLiteral(host)
                            : Inet4Address.ofPosixLiteral(host);
            bad = AddressClass.of(literal) != AddressClass.PUBLIC;
        } catch (IllegalArgumentException _) {
            bad = Destination.namesThisMachine(uri);
        }
        if (bad) {
            throw new OutboundException("the host is at an address that is not public");
        }
    }

    private static Timeout timeout(Duration duration) {
        return Timeout.of(duration);
    }
}
