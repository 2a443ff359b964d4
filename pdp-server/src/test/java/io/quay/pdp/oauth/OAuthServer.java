package io.quay.pdp.oauth;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A running server with short ways to use its OAuth endpoints.
record OAuthServer(TestServer server) implements AutoCloseable {
    static final String FORM = "application/x-www-form-urlencoded";

    static OAuthServer start(Path directory) {
        return new OAuthServer(TestServer.start(directory));
    }

    String issuer() {
        return "http://127.0.0.1:" + server.server().port();
    }

    JsonNode bootstrap() {
        try {
            return TestServer.JSON.readTree(
                    Files.readString(server.directory().resolve("data/bootstrap.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String bootstrapSecret() {
        return bootstrap().path("client_secret").asText();
    }

    static String basic(String id, String secret) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&"));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static Map<String, String> parameters(String... pairs) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parameters.put(pairs[i], pairs[i + 1]);
        }
        return parameters;
    }

    /// @param authorization null = no such header
    HttpResponse<String> post(
            String path, @Nullable String authorization, String contentType, String body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(issuer() + path))
                        .header("Content-Type", contentType)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return send(request.build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return server.client().send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(issuer() + path)).build());
    }

    HttpResponse<String> token(@Nullable String authorization, String... pairs) {
        return post("/oauth2/token", authorization, FORM, form(parameters(pairs)));
    }

    static JsonNode json(HttpResponse<String> answer) {
        try {
            return TestServer.JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A token of the bootstrap account.
    String bootstrapToken(String... pairs) {
        String[] all = new String[pairs.length + 2];
        all[0] = "grant_type";
        all[1] = "client_credentials";
        System.arraycopy(pairs, 0, all, 2, pairs.length);
        HttpResponse<String> answer = token(basic("svc-bootstrap", bootstrapSecret()), all);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + ": " + answer.body());
        }
        return json(answer).path("access_token").asText();
    }

    HttpResponse<String> api(String token, String method, String path, @Nullable String body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(issuer() + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        return send(request.build());
    }

    /// The decision about a request to Quay with this token.
    JsonNode authorize(String token) {
        return server.post(
                        "/authorize",
                        "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/app\"}, \"token\": \""
                                + token
                                + "\"}")
                .json();
    }

    /// A client assertion's claims as clients write them.
    JWTClaimsSet.Builder claims(String account) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(account)
                .subject(account)
                .audience(issuer())
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(60)));
    }

    static String sign(ECKey key, @Nullable String type, JWTClaimsSet claims) throws JOSEException {
        JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.ES256);
        if (type != null) {
            header.type(new JOSEObjectType(type));
        }
        SignedJWT token = new SignedJWT(header.build(), claims);
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    static String sign(RSAKey key, JWSAlgorithm algorithm, JWTClaimsSet claims)
            throws JOSEException {
        SignedJWT token = new SignedJWT(new JWSHeader(algorithm), claims);
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    HttpResponse<String> withAssertion(String assertion, String... pairs) {
        Map<String, String> form =
                parameters(
                        "grant_type",
                        "client_credentials",
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                        "client_assertion",
                        assertion);
        form.putAll(parameters(pairs));
        return post("/oauth2/token", null, FORM, form(form));
    }

    @Override
    public void close() {
        server.close();
    }
}
