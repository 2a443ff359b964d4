package io.quay.pdp.jose;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// The only way out: one bounded GET to a registered origin, without credentials, cookies, proxies
/// or redirects. Safe for use by any number of threads.
///
/// Every fetch has a client of its own, so that a replaced CA file counts from the next fetch on;
/// fetches are rare.
public final class KeyFetcher {
    static final int MAX_BYTES = 256 * 1024;

    private final Duration connectTimeout;
    private final Duration totalTimeout;

    public KeyFetcher() {
        this(Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    /// @param totalTimeout from the call to the last byte
    public KeyFetcher(Duration connectTimeout, Duration totalTimeout) {
        this.connectTimeout = connectTimeout;
        this.totalTimeout = totalTimeout;
    }

    /// @param registered an address of the only origin that may be asked
    /// @param caFile PEM certificates to trust instead of the system's; null = the system's
    byte[] get(URI uri, URI registered, @Nullable Path caFile) throws KeysUnavailableException {
        guard(uri, registered);
        try (HttpClient client = client(caFile)) {
            HttpRequest request =
                    HttpRequest.newBuilder(uri).header("Accept", "application/json, */*").build();
            CompletableFuture<HttpResponse<byte[]>> answer =
                    client.sendAsync(
                            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
            try {
                return body(answer.get(totalTimeout.toNanos(), TimeUnit.NANOSECONDS));
            } finally {
                answer.cancel(true);
                client.shutdownNow();
            }
        } catch (TimeoutException _) {
            throw new KeysUnavailableException("no complete answer in time");
        } catch (ExecutionException e) {
            throw new KeysUnavailableException("fetch failed: " + cause(e));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new KeysUnavailableException("interrupted");
        }
    }

    private static byte[] body(HttpResponse<byte[]> answer) throws KeysUnavailableException {
        if (answer.statusCode() != 200) {
            throw new KeysUnavailableException("answer has status " + answer.statusCode());
        }
        return answer.body();
    }

    private static String cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? "unknown" : cause.getClass().getSimpleName();
    }

    /// Which addresses may be asked at all: the registered origin, by https, or by http on this
    /// very machine.
    ///
    /// The address behind the name is not looked at yet. The check of address classes (link-local,
    /// private, NAT64) belongs here; as `java.net.http` offers no hook between resolving and
    /// connecting, it needs an `InetAddressResolverProvider` to hold against DNS rebinding.
    private static void guard(URI uri, URI registered) throws KeysUnavailableException {
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new KeysUnavailableException("not an absolute address of host and path");
        }
        if (!origin(uri).equals(origin(registered))) {
            throw new KeysUnavailableException("not at the registered origin");
        }
        boolean https = "https".equalsIgnoreCase(uri.getScheme());
        boolean http = "http".equalsIgnoreCase(uri.getScheme());
        if (!https && !(http && loopback(uri.getHost()))) {
            throw new KeysUnavailableException("https is required");
        }
    }

    /// Scheme, host and port (RFC 6454 §4).
    private static String origin(URI uri) {
        String scheme = lower(uri.getScheme());
        int port = uri.getPort();
        if (port < 0) {
            port = scheme.equals("https") ? 443 : 80;
        }
        return scheme + "://" + lower(uri.getHost()) + ":" + port;
    }

    private static String lower(@Nullable String text) {
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }

    private static boolean loopback(String host) {
        return host.equalsIgnoreCase("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    }

    private HttpClient client(@Nullable Path caFile) throws KeysUnavailableException {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(connectTimeout);
        if (caFile != null) {
            builder.sslContext(trusting(caFile));
        }
        return builder.build();
    }

    private static SSLContext trusting(Path caFile) throws KeysUnavailableException {
        try (InputStream pem = Files.newInputStream(caFile)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new KeysUnavailableException(
                    "the CA file cannot be used: " + e.getClass().getSimpleName());
        }
    }
}
