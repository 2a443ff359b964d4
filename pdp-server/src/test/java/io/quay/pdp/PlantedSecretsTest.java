package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No secret, token or key material is in logs, errors, metrics, other answers, or the database
/// beyond hashes and encrypted keys: a server is used and abused in every way with values that are
/// known, and everything that it wrote is searched for them.
class PlantedSecretsTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    @TempDir private Path directory;

    /// What was planted, by what it is.
    private final Map<String, String> planted = new LinkedHashMap<>();

    /// Every answer but those that hand a secret over.
    private final List<String> answers = new ArrayList<>();

    private final HttpClient client = HttpClient.newHttpClient();
    private String base = "";

    private String plant(String what) {
        String secret = ClientSecret.generate(RANDOM);
        planted.put(what, secret);
        return secret;
    }

    private String plant(String what, String secret) {
        // The last part of a token is what makes it one.
        planted.put(what, secret.substring(secret.lastIndexOf('.') + 1));
        return secret;
    }

    @Test
    void nothingThatWasPlantedIsFoundAnywhere() throws Exception {
        PolicySets.copy("acme", directory);
        Files.createDirectories(directory.resolve("policies/admin"));
        Files.writeString(
                directory.resolve("policies/admin/bootstrap.cedar"),
                """
                @id("bootstrap") @waive("unconstrained-permit: test")
                permit (principal == Quay::ServiceAccount::"svc-bootstrap",
                  action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts", Pdp::Action::"administer-server", Pdp::Action::"escalate"],
                  resource);
                """);
        String pep = plant("PEP token");
        String bootstrap = plant("bootstrap secret");
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        String encryption = plant("encryption key", Base64.getEncoder().encodeToString(key));
        Map<String, String> environment =
                Map.of(
                        "PDP_PEP_TOKEN",
                        pep,
                        "PDP_BOOTSTRAP_SECRET",
                        bootstrap,
                        "PDP_TOKENS_ENCRYPTION_KEY",
                        encryption,
                        "PDP_FEDERATION_DIRECT",
                        "true");
        String log;
        try (ServeProcess process =
                ServeProcess.start(
                        directory, ServeProcess.serve(directory, "127.0.0.1:0"), environment)) {
            base = "http://127.0.0.1:" + process.port();
            use(bootstrap, pep);
            abuse(bootstrap, pep);
            process.terminate();
            assertThat(process.exitCode()).isZero();
            log = process.errorText();
        }
        assertThat(planted).hasSizeGreaterThan(15);
        planted.forEach((what, secret) -> {
            assertThat(log).as("%s in the log", what).doesNotContain(secret);
            assertThat(answers)
                    .as("%s in an answer", what)
                    .noneMatch(answer -> answer.contains(secret));
        });
        search();
    }

    /// Every file that the server wrote.
    private void search() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                planted.forEach((what, secret) ->
                        assertThat(content.contains(secret)).as("%s in %s", what, file).isFalse());
            }
        }
    }

    private void use(String bootstrap, String pep) throws Exception {
        String token = plant("access token", token("svc-bootstrap", bootstrap));
        api(token, "POST", "/v1/service-accounts", "{\"name\": \"svc-planted\"}");
        String path = "/v1/service-accounts/svc-planted/credentials";
        JsonNode made = handedOver(token, path, "{\"kind\": \"client_secret\"}");
        plant("account's secret", made.path("client_secret").asText());
        JsonNode renewed =
                handedOver(token, path + "/" + made.path("id").asText() + "/rotate", "{}");
        String second = plant("rotated secret", renewed.path("client_secret").asText());
        plant("account's token", token("svc-planted", second));
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"client_secret\", \"secret_sha256\": \""
                        + ClientSecret.sha256Hex(plant("own secret"))
                        + "\"}");
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();
        plant("private key", key.getD().toString());
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"public_key\", \"jwk\": " + key.toPublicJWK().toJSONString() + "}");
        String assertion = plant("client assertion", assertion(key, base));
        form(
                "/oauth2/token",
                null,
                "grant_type",
                "client_credentials",
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion",
                assertion);
        form("/oauth2/introspect", basic("svc-bootstrap", bootstrap), "token", token);
        authorize(pep, token);
        for (String read :
                List.of(
                        "/v1/service-accounts",
                        path,
                        "/v1/events",
                        "/v1/decisions",
                        "/v1/roles",
                        "/v1/policies",
                        "/v1/issuers",
                        "/v1/revocations",
                        "/v1/signing-keys",
                        "/openapi.json",
                        "/docs",
                        "/metrics",
                        "/readyz",
                        "/oauth2/jwks")) {
            api(token, "GET", read, null);
        }
        form(
                "/oauth2/revoke",
                basic("svc-bootstrap", bootstrap),
                "token",
                plant("revoked token", token("svc-bootstrap", bootstrap)));
    }

    private void abuse(String bootstrap, String pep) throws Exception {
        String token = token("svc-bootstrap", bootstrap);
        String wrong = plant("wrong secret");
        form("/oauth2/token", basic("svc-bootstrap", wrong), "grant_type", "client_credentials");
        form("/oauth2/token", basic(wrong, wrong), "grant_type", "client_credentials");
        form("/oauth2/token", "Bearer " + wrong, "grant_type", wrong);
        form("/oauth2/token?client_secret=" + wrong, null, "grant_type", "client_credentials");
        form("/oauth2/token", null, "grant_type", wrong, "scope", wrong, wrong, wrong);
        form(
                "/oauth2/token",
                basic("svc-bootstrap", bootstrap),
                "grant_type",
                "client_credentials",
                "scope",
                wrong,
                "audience",
                wrong);
        ECKey mistaken = new ECKeyGenerator(Curve.P_256).generate();
        plant("private key sent by mistake", mistaken.getD().toString());
        String path = "/v1/service-accounts/svc-planted/credentials";
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"public_key\", \"jwk\": " + mistaken.toJSONString() + "}");
        String pem = Base64.getEncoder().encodeToString(mistaken.toECPrivateKey().getEncoded());
        plant("PEM sent by mistake", pem.substring(10, 60));
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"public_key\", \"pem\": \"-----BEGIN PRIVATE KEY-----\\n"
                        + pem
                        + "\\n-----END PRIVATE KEY-----\"}");
        String misplaced = plant("misplaced secret");
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"client_secret\", \"secret\": \"" + misplaced + "\"}");
        api(token, "POST", path, "{\"kind\": \"" + misplaced + "\"");
        api(
                token,
                "POST",
                path,
                "{\"kind\": \"client_secret\", \"secret_sha256\": \"" + misplaced + "\"}");
        api(misplaced, "GET", "/v1/service-accounts?page_token=" + misplaced, null);
        api(token, "GET", "/v1/service-accounts?page_token=" + misplaced, null);
        api(token, "GET", "/v1/" + misplaced, null);
        send(
                request("/v1/service-accounts")
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", misplaced)
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"svc-keyed\"}")));
        // The caller gets its own request id back, in the header alone.
        HttpRequest identified =
                request("/v1/nothing")
                        .header("Authorization", "Bearer " + token)
                        .header("X-Request-ID", misplaced)
                        .build();
        answers.add(client.send(identified, HttpResponse.BodyHandlers.ofString()).body());
        send(
                request("/authorize")
                        .header("Authorization", "Bearer " + pep)
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/web\"}, \"subject\": {\"type\": \"Quay::ServiceAccount\", \"id\": \""
                                                + misplaced
                                                + "\"}}")));
        String forged = token.substring(0, token.lastIndexOf('.') + 1) + plant("forged signature");
        api(forged, "GET", "/v1/service-accounts", null);
        authorize(pep, forged);
        authorize(plant("wrong PEP token"), token);
        String password = plant("password in a body");
        send(
                request("/authorize")
                        .header("Authorization", "Bearer " + pep)
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"request\": {\"method\": \"POST\", \"target\": \"/api/v1/superuser/users/\", \"body\": {\"username\": \"x\", \"password\": \""
                                                + password
                                                + "\"}}, \"token\": \""
                                                + token
                                                + "\"}")));
    }

    private static String assertion(ECKey key, String audience) throws Exception {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader(JWSAlgorithm.ES256),
                        new JWTClaimsSet.Builder()
                                .issuer("svc-planted")
                                .subject("svc-planted")
                                .audience(audience)
                                .jwtID(UUID.randomUUID().toString())
                                .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                                .build());
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    private String token(String account, String secret) throws Exception {
        HttpResponse<String> answer =
                client.send(
                        formRequest(
                                        "/oauth2/token",
                                        basic(account, secret),
                                        "grant_type",
                                        "client_credentials")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.JSON.readTree(answer.body()).path("access_token").asText();
    }

    private static String basic(String id, String secret) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    private HttpRequest.Builder formRequest(
            String path, @Nullable String authorization, String... pairs) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parts.add(
                    URLEncoder.encode(pairs[i], StandardCharsets.UTF_8)
                            + "="
                            + URLEncoder.encode(pairs[i + 1], StandardCharsets.UTF_8));
        }
        HttpRequest.Builder request =
                request(path)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        parts.stream().collect(Collectors.joining("&"))));
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    private void form(String path, @Nullable String authorization, String... pairs)
            throws Exception {
        HttpResponse<String> answer =
                client.send(
                        formRequest(path, authorization, pairs).build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200 || !path.equals("/oauth2/token")) {
            keep(answer);
        }
    }

    private void keep(HttpResponse<String> answer) {
        answers.add(answer.headers().map() + "\n" + answer.body());
    }

    private void send(HttpRequest.Builder request) throws Exception {
        keep(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private void api(String token, String method, String path, @Nullable String body)
            throws Exception {
        send(
                request(path)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonNode handedOver(String token, String path, String body) throws Exception {
        HttpResponse<String> answer =
                client.send(
                        request(path)
                                .header("Authorization", "Bearer " + token)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestServer.JSON.readTree(answer.body());
    }

    private void authorize(String pep, String token) throws Exception {
        send(
                request("/authorize")
                        .header("Authorization", "Bearer " + pep)
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"request\": {\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/app\"}, \"account\": \"svc-ci\", \"token\": \""
                                                + token
                                                + "\"}")));
    }
}
