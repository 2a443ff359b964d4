package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Asks Quay as the gateway would reach it, and shows what comes as it came: redirects are not
/// followed, nothing is kept. Reads only; what is asked with an account's token makes its user. For
/// one thread.
final class Questions implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_BODY = 8L << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final URI baseUrl;
    private final HttpClient.Builder builder;
    private final HttpClient client;

    private Questions(URI baseUrl, HttpClient.Builder builder, HttpClient client) {
        this.baseUrl = baseUrl;
        this.builder = builder;
        this.client = client;
    }

    /// The same over connections of its own, which a balancer may take elsewhere.
    Questions anew() {
        return new Questions(baseUrl, builder, builder.build());
    }

    /// @param tls null = the system's certificates
    static Questions open(URI baseUrl, @Nullable SSLContext tls) {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(TIMEOUT);
        if (tls != null) {
            builder.sslContext(tls);
        }
        return new Questions(baseUrl, builder, builder.build());
    }

    Answer get(String path) {
        return get(path, null);
    }

    /// @param authorization the header's value, a secret; null = nobody asks
    Answer get(String path, @Nullable String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(baseUrl + path))
                        .timeout(TIMEOUT)
                        .header("Accept", "application/json")
                        .header("User-Agent", "quay-pdp");
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try {
            HttpResponse<byte[]> answer =
                    client.send(
                            request.build(),
                            HttpResponse.BodyHandlers.limiting(
                                    HttpResponse.BodyHandlers.ofByteArray(), MAX_BODY));
            return new Answer.Given(
                    answer.statusCode(),
                    answer.headers().firstValue("Location").orElse(""),
                    json(answer.body()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.None("interrupted");
        } catch (IOException e) {
            return new Answer.None(why(e));
        }
    }

    /// The kind of failure alone: what libraries say may quote what was sent.
    private static String why(IOException failure) {
        return switch (failure) {
            case HttpTimeoutException _ -> "no answer in time";
            case ConnectException _ -> "no connection";
            case SSLException _ -> "no TLS: is `quay.ca_file` needed?";
            default ->
                    "no answer: the connection ended (" + failure.getClass().getSimpleName() + ")";
        };
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException _) {
            return MissingNode.getInstance();
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
