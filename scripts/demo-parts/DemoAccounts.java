import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
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

/// Sets up the accounts of the demo, from nothing but the bootstrap credential: an administrator,
/// then by that administrator the accounts of the three stories. No secret is printed.
final class DemoAccounts {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AUDITOR = "svc-quay-auditor";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI pdp;
    private final Path bootstrapFile;
    private final ECKey auditorKey;
    private int surprises;

    DemoAccounts(URI pdp, Path bootstrapFile) throws JOSEException {
        this.pdp = pdp;
        this.bootstrapFile = bootstrapFile;
        this.auditorKey = new ECKeyGenerator(Curve.P_256).generate();
    }

    /// How many answers were not the expected ones.
    int surprises() {
        return surprises;
    }

    void setUp() throws IOException, InterruptedException, JOSEException {
        System.out.println();
        System.out.println("0. Setting up, from the bootstrap credential alone");
        JsonNode bootstrap = JSON.readTree(Files.readString(bootstrapFile));
        String first = tokenWithSecret(bootstrap.path("client_id").asText(), bootstrap.path("client_secret").asText());
        call(first, "POST", "/v1/service-accounts", account("svc-platform-admin", "[\"pdp-admins\"]"), 201, null);
        JsonNode secret = call(first, "POST", "/v1/service-accounts/svc-platform-admin/credentials", "{\"kind\": \"client_secret\"}", 201, null);

        String admin = tokenWithSecret("svc-platform-admin", secret.path("client_secret").asText());
        call(admin, "POST", "/v1/service-accounts", account("svc-terraform", "[]"), 201, "trust/terraform.cedar says which workload it is: no secret");
        call(first, "GET", "/v1/service-accounts", null, 401, "the bootstrap account ended with another administrator's first change");
        call(admin, "POST", "/v1/service-accounts", account(AUDITOR, "[]"), 409, "declared in Git, as every account that may be a superuser of Quay");
        call(admin, "POST", "/v1/service-accounts/" + AUDITOR + "/credentials", "{\"kind\": \"public_key\", \"jwk\": " + auditorKey.toPublicJWK().toJSONString() + "}", 201, "only its public key ever comes here");
        call(admin, "POST", "/v1/service-accounts", account("svc-ci", "[]"), 201, null);

        JsonNode rotated = call(admin, "POST", "/v1/service-accounts/svc-platform-admin/credentials/" + secret.path("id").asText() + "/rotate", "{\"overlap\": \"PT1H\"}", 201, "the old one stays good for an hour");
        String renewed = tokenWithSecret("svc-platform-admin", rotated.path("client_secret").asText());
        call(renewed, "POST", "/v1/revocations", "{\"account\": \"svc-platform-admin\"}", 201, "every token of the account ends now");
        call(renewed, "GET", "/v1/service-accounts", null, 401, "the very next request is refused");
    }

    private static String account(String name, String groups) {
        return "{\"name\": \"" + name + "\", \"groups\": " + groups + "}";
    }

    /// An access token of the auditor, who signs an assertion with its private key (RFC 7523 §2.2).
    String auditorToken() throws IOException, InterruptedException, JOSEException {
        Instant now = Instant.now();
        SignedJWT assertion =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(auditorKey.computeThumbprint().toString()).build(),
                        new JWTClaimsSet.Builder()
                                .issuer(AUDITOR)
                                .subject(AUDITOR)
                                .audience(issuer())
                                .jwtID(UUID.randomUUID().toString())
                                .issueTime(Date.from(now))
                                .expirationTime(Date.from(now.plusSeconds(60)))
                                .build());
        assertion.sign(new ECDSASigner(auditorKey));
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "client_credentials");
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.put("client_assertion", assertion.serialize());
        return token(form, null);
    }

    private String issuer() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(pdp.resolve("/.well-known/oauth-authorization-server")).build();
        return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body()).path("issuer").asText();
    }

    private String tokenWithSecret(String id, String secret) throws IOException, InterruptedException {
        String basic = Base64.getEncoder().encodeToString((encoded(id) + ":" + encoded(secret)).getBytes(StandardCharsets.UTF_8));
        return token(Map.of("grant_type", "client_credentials"), "Basic " + basic);
    }

    private String token(Map<String, String> form, String authorization) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(pdp.resolve("/oauth2/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        form.entrySet().stream()
                                                .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
                                                .collect(Collectors.joining("&"))));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        JsonNode body = JSON.readTree(answer.body());
        if (answer.statusCode() != 200) {
            throw new IOException("/oauth2/token answered " + answer.statusCode() + ": " + body.path("error").asText());
        }
        System.out.println("  200    POST /oauth2/token (" + body.path("expires_in").asInt() + " s)");
        return body.path("access_token").asText();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode call(String token, String method, String path, String body, int expected, String note)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(pdp.resolve(path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println("  " + answer.statusCode() + "    " + method + " " + path + (body == null ? "" : " " + shown(body)));
        if (note != null) {
            System.out.println("         (" + note + ")");
        }
        JsonNode content = answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
        if (answer.statusCode() != expected) {
            surprises++;
            System.out.println("         EXPECTED " + expected + ": " + content);
        }
        return content;
    }

    /// Without the long members of keys.
    private static String shown(String body) throws IOException {
        ObjectNode content = (ObjectNode) JSON.readTree(body);
        if (content.has("jwk")) {
            content.put("jwk", "…");
        }
        return content.toString();
    }
}
