package io.quay.pdp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.ConfigLoader;
import io.quay.pdp.config.Overrides;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A server as `pdp serve` starts it, on a free port of the loopback interface and with a data
/// directory of its own, and short ways to ask it.
///
/// @param directory holds `policies`, `data` and, when given, `pdp.yaml`
public record TestServer(Path directory, RunningServer server, String token, HttpClient client)
        implements AutoCloseable {
    public static final ObjectMapper JSON = new ObjectMapper();
    public static final String JSON_TYPE = "application/json";

    /// A client of a server that runs already.
    public TestServer(Path directory, RunningServer server, String token) {
        this(
                directory,
                server,
                token,
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    public static TestServer start(Path directory) {
        return start(directory, "{}", Map.of());
    }

    /// @param yaml the content of `pdp.yaml`
    public static TestServer start(Path directory, String yaml, Map<String, String> environment) {
        if (!Files.exists(directory.resolve("policies"))) {
            PolicySets.copy("acme", directory);
        }
        RunningServer server = PdpServer.open(config(directory, yaml, environment));
        return new TestServer(
                directory, server, environment.getOrDefault("PDP_PEP_TOKEN", keptToken(directory)));
    }

    public static Config config(Path directory, String yaml, Map<String, String> environment) {
        try {
            Path file = Files.writeString(directory.resolve("pdp.yaml"), yaml);
            Overrides flags =
                    new Overrides(
                            environment.containsKey("PDP_SERVER_LISTEN") ? null : "127.0.0.1:0",
                            directory.resolve("data").toString(),
                            directory.resolve("policies").toString(),
                            environment.containsKey("PDP_SCHEMA_DIRECTORY")
                                    ? null
                                    : PolicySets.SCHEMA.toString(),
                            null);
            return switch (ConfigLoader.load(file, environment, flags)) {
                case ConfigLoader.Loaded(Config config) -> config;
                case ConfigLoader.Invalid(var errors) ->
                        throw new IllegalArgumentException(String.join("; ", errors));
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String keptToken(Path directory) {
        try {
            Path file = directory.resolve("data/pep.json");
            return Files.exists(file)
                    ? JSON.readTree(Files.readString(file)).path("token").asText()
                    : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /// A request with the first-start credential and a JSON content type.
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", JSON_TYPE);
    }

    public Answer post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    public Answer post(String path, byte[] body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    public Answer get(String path) {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Sends bytes that no client library would, and returns all that comes back until the server
    /// closes.
    public String raw(String... lines) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(String.join("\r\n", lines).getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What came back.
    public record Answer(HttpResponse<String> response) {
        public int status() {
            return response.statusCode();
        }

        public String body() {
            return response.body();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public JsonNode json() {
            try {
                return JSON.readTree(body());
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON: " + body(), e);
            }
        }

        public JsonNode context() {
            return json().path("context");
        }

        public String cause() {
            return context().path("cause").asText();
        }
    }

    /// The client first: a server that stops waits for open connections.
    @Override
    public void close() {
        client.shutdownNow();
        server.close();
    }
}
