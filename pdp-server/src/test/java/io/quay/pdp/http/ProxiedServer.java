package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A server over the policy set `proxies` with a PEP for each kind of proxy, asked byte for byte as
/// proxies ask.
///
/// @param pepTokens by the face that the PEP may use
/// @param proxied an access token of `svc-proxied`, which may do everything but read acme/secret
/// @param nothing one of `svc-nothing`
/// @param admin one of the first account
record ProxiedServer(
        TestServer server,
        Map<Asked, String> pepTokens,
        String proxied,
        String nothing,
        String admin)
        implements AutoCloseable {
    /// A face, and how a proxy writes its question to it.
    enum Asked {
        NGINX,
        TRAEFIK,
        ENVOY;

        /// The question's first line and the headers that name the request line.
        List<String> question(String method, String target) {
            return switch (this) {
                case NGINX ->
                        List.of(
                                "GET /authorize/nginx HTTP/1.1",
                                "X-Original-Method: " + method,
                                "X-Original-URI: " + target);
                case TRAEFIK ->
                        List.of(
                                "GET /authorize/traefik HTTP/1.1",
                                "X-Forwarded-Method: " + method,
                                "X-Forwarded-Uri: " + target,
                                "X-Forwarded-For: 10.0.0.9",
                                "X-Forwarded-Proto: https");
                case ENVOY ->
                        List.of(
                                method + " /authorize/envoy" + target + " HTTP/1.1",
                                "X-Forwarded-For: 10.0.0.9",
                                "Content-Length: 0");
            };
        }
    }

    /// @param headers in lower case, the first of each name
    record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /// @param yaml more of `pdp.yaml`
    static ProxiedServer start(Path directory, String yaml) {
        return start(directory, yaml, "full");
    }

    static ProxiedServer startBare(Path directory) {
        return start(directory, "", "bare");
    }

    private static ProxiedServer start(Path directory, String yaml, String response) {
        PolicySets.copy("proxies", directory);
        Map<Asked, String> tokens = new LinkedHashMap<>();
        StringBuilder peps = new StringBuilder("tokens: {lifetime: PT1H}\npeps:\n");
        for (Asked each : Asked.values()) {
            String token = ClientSecret.generate(new SecureRandom());
            String name = each.name().toLowerCase(Locale.ROOT);
            tokens.put(each, token);
            peps.append(
                    "  - {name: proxy-%s, token_sha256: \"%s\", faces: [%s], response: %s}\n"
                            .formatted(name, ClientSecret.sha256Hex(token), name, response));
        }
        TestServer server = TestServer.start(directory, peps + yaml, Map.of());
        String admin = granted(server, "svc-bootstrap", bootstrapSecret(directory));
        return new ProxiedServer(
                server,
                tokens,
                granted(server, "svc-proxied", secretOf(server, admin, "svc-proxied")),
                granted(server, "svc-nothing", secretOf(server, admin, "svc-nothing")),
                admin);
    }

    private static String bootstrapSecret(Path directory) {
        try {
            return TestServer.JSON
                    .readTree(Files.readString(directory.resolve("data/bootstrap.json")))
                    .path("client_secret")
                    .asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String secretOf(TestServer server, String admin, String account) {
        return server.send(
                        HttpRequest.newBuilder(
                                        server.uri(
                                                "/v1/service-accounts/" + account + "/credentials"))
                                .header("Authorization", "Bearer " + admin)
                                .header("Content-Type", TestServer.JSON_TYPE)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"kind\": \"client_secret\"}")))
                .json()
                .path("client_secret")
                .asText();
    }

    private static String granted(TestServer server, String account, String secret) {
        String basic =
                Base64.getEncoder()
                        .encodeToString((account + ":" + secret).getBytes(StandardCharsets.UTF_8));
        TestServer.Answer answer =
                server.send(
                        HttpRequest.newBuilder(server.uri("/oauth2/token"))
                                .header("Authorization", "Basic " + basic)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "grant_type=client_credentials")));
        if (answer.status() != 200) {
            throw new AssertionError("no token for " + account + ": " + answer.body());
        }
        return answer.json().path("access_token").asText();
    }

    /// As the proxy asks for a client that is `svc-proxied`.
    Answer ask(Asked face, String method, String target) {
        return ask(face, method, target, "Authorization: Bearer " + proxied);
    }

    /// With the proxy's credential and these headers.
    Answer ask(Asked face, String method, String target, String... headers) {
        List<String> lines = new ArrayList<>(face.question(method, target));
        lines.add("X-PDP-Caller-Token: " + pepTokens.get(face));
        lines.addAll(List.of(headers));
        return send(lines);
    }

    /// The same request at `/authorize`, by a caller that carries no bodies.
    TestServer.Answer authorize(String method, String target) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("request")
                .put("method", method)
                .put("target", target)
                .put("body_omitted", true);
        body.put("token", proxied);
        return server.post("/authorize", body.toString());
    }

    /// What was recorded under the id of an answer.
    JsonNode record(String id) {
        return server.send(
                        HttpRequest.newBuilder(server.uri("/v1/decisions/" + id))
                                .header("Authorization", "Bearer " + admin))
                .json();
    }

    /// Sends these lines as UTF-8, without any client library's opinion.
    Answer send(List<String> lines) {
        List<String> all = new ArrayList<>(lines);
        all.add(1, "Host: pdp");
        all.add("Connection: close");
        String text = String.join("\r\n", all) + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            return parsed(
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Answer parsed(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        String[] lines = answer.substring(0, Math.max(end, 0)).split("\r\n", -1);
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.putIfAbsent(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return new Answer(
                Integer.parseInt(lines[0].split(" ", -1)[1]), headers, answer.substring(end + 4));
    }

    @Override
    public void close() {
        server.close();
    }
}
