import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A cluster's token issuer for demonstrations, on the loopback address only: it mints a token for
/// whoever asks. Started from its source, with the server's jar for the JOSE library:
///
///     java -cp pdp-server/target/pdp-server.jar scripts/demo-parts/DemoIssuer.java 9443
///
///     curl -d '{"namespace": "ci", "service_account": "terraform", "uid": "…",
///               "audience": "https://pdp.example.com", "expires_in": 600}' \
///          http://127.0.0.1:9443/mint
///
/// With `"subject"` instead of `"namespace"` the token is a plain OpenID Connect one, with the string
/// claims of `"claims"`, as a CI service mints them.
///
/// `"expires_in"` below zero mints a token that expired so many seconds ago (verifiers forgive clock
/// skew, a minute by default: ask for less than -60); `"key": "other"` signs with a key that is not
/// published.
final class DemoIssuer {
    private static final int LIFETIME_SECONDS = 600;
    private static final int MAX_BODY = 64 * 1024;

    private final String issuer;
    private final RSAKey published;
    private final RSAKey other;

    private DemoIssuer(String issuer, RSAKey published, RSAKey other) {
        this.issuer = issuer;
        this.published = published;
        this.other = other;
    }

    public static void main(String[] args) throws IOException, JOSEException {
        if (args.length != 1 || !args[0].matches("\\d{1,5}")) {
            System.err.println("usage: DemoIssuer PORT");
            System.exit(2);
        }
        var address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        HttpServer server = HttpServer.create(address, 0);
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        DemoIssuer issuer = new DemoIssuer(url, generateKey(), generateKey());
        server.createContext("/.well-known/openid-configuration", issuer::metadata);
        server.createContext("/openid/v1/jwks", issuer::keys);
        server.createContext("/mint", issuer::mint);
        server.start();
        System.out.println("listening on " + url);
    }

    private static RSAKey generateKey() throws JOSEException {
        return new RSAKeyGenerator(2048)
                .keyUse(KeyUse.SIGNATURE)
                .algorithm(JWSAlgorithm.RS256)
                .keyIDFromThumbprint(true)
                .generate();
    }

    private void metadata(HttpExchange exchange) throws IOException {
        answer(
                exchange,
                200,
                Map.of(
                        "issuer", issuer,
                        "jwks_uri", issuer + "/openid/v1/jwks",
                        "response_types_supported", List.of("id_token"),
                        "subject_types_supported", List.of("public"),
                        "id_token_signing_alg_values_supported", List.of("RS256")));
    }

    private void keys(HttpExchange exchange) throws IOException {
        answer(exchange, 200, new JWKSet(published).toJSONObject(true));
    }

    private void mint(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            answer(exchange, 405, Map.of("error", "POST a JSON object"));
            return;
        }
        try {
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY);
            Map<String, Object> request =
                    JSONObjectUtils.parse(new String(body, StandardCharsets.UTF_8));
            if (request == null) {
                throw new ParseException("not a JSON object", 0);
            }
            answer(exchange, 200, Map.of("token", token(request)));
        } catch (ParseException | JOSEException e) {
            answer(exchange, 400, Map.of("error", String.valueOf(e.getMessage())));
        }
    }

    private String token(Map<String, Object> request) throws ParseException, JOSEException {
        long expiresIn =
                request.containsKey("expires_in")
                        ? JSONObjectUtils.getLong(request, "expires_in")
                        : LIFETIME_SECONDS;
        long now = Instant.now().getEpochSecond();
        // A token that has expired was issued before it did.
        long issuedAt = expiresIn > 0 ? now : now + expiresIn - LIFETIME_SECONDS;
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("aud", List.of(required(request, "audience")));
        claims.put("exp", now + expiresIn);
        claims.put("iat", issuedAt);
        claims.put("iss", issuer);
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("nbf", issuedAt);
        if (request.containsKey("subject")) {
            claims.put("sub", required(request, "subject"));
            Map<String, Object> more = JSONObjectUtils.getJSONObject(request, "claims");
            claims.putAll(more == null ? Map.of() : more);
        } else {
            String namespace = required(request, "namespace");
            String serviceAccount = required(request, "service_account");
            String uid = JSONObjectUtils.getString(request, "uid");
            claims.put("kubernetes.io", binding(namespace, serviceAccount, uid));
            claims.put("sub", "system:serviceaccount:" + namespace + ":" + serviceAccount);
        }
        return sign(claims, "other".equals(request.get("key")) ? other : published);
    }

    /// Ids that the request leaves out are derived from the names, so that policies may pin them.
    private static Map<String, Object> binding(String namespace, String serviceAccount, String uid) {
        Map<String, Object> kubernetes = new LinkedHashMap<>();
        kubernetes.put("namespace", namespace);
        kubernetes.put("node", Map.of("name", "node-1", "uid", uid("node-1")));
        kubernetes.put(
                "pod",
                Map.of(
                        "name",
                        serviceAccount + "-0",
                        "uid",
                        uid(namespace + "/pod/" + serviceAccount)));
        kubernetes.put(
                "serviceaccount",
                Map.of("name", serviceAccount, "uid", uid == null ? uid(namespace + "/" + serviceAccount) : uid));
        return kubernetes;
    }

    private static String uid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    /// Without `typ`, as the API server signs.
    private static String sign(Map<String, Object> claims, RSAKey key) throws JOSEException {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build();
        JWSObject token = new JWSObject(header, new Payload(claims));
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static String required(Map<String, Object> request, String member)
            throws ParseException {
        String value = JSONObjectUtils.getString(request, member);
        if (value == null || value.isEmpty()) {
            throw new ParseException(member + " is missing", 0);
        }
        return value;
    }

    private static void answer(HttpExchange exchange, int status, Map<String, Object> body)
            throws IOException {
        byte[] bytes = JSONObjectUtils.toJSONString(body).getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
