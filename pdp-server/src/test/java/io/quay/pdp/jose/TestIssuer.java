package io.quay.pdp.jose;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An issuer with one key, which mints tokens shaped as Kubernetes or a general OpenID Connect
/// provider shapes them: for any test that needs a workload token.
///
/// @param iss its `iss`
public record TestIssuer(String iss, TestKey key) {
    public static final String AUDIENCE = "https://pdp.example.com";
    public static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    public static TestIssuer create(String iss) {
        return new TestIssuer(iss, TestKey.generate("key-1", "ES256"));
    }

    public TestIssuer with(TestKey other) {
        return new TestIssuer(iss, other);
    }

    /// The issuer as `issuers.yaml` would register it, with the kind's defaults.
    public Issuer registered(String name, IssuerKind kind, Issuer.KeySource keys) {
        return new Issuer(
                name,
                kind,
                iss,
                AUDIENCE,
                keys,
                IssuerKind.ALGORITHMS,
                kind.maxLifetime(),
                kind.maxLifetime(),
                Duration.ofSeconds(60),
                kind.replay(),
                true);
    }

    public String jwks() {
        return jwks(key);
    }

    public static String jwks(TestKey... keys) {
        return json(Map.of("keys", Arrays.stream(keys).map(TestKey::jwk).toList()));
    }

    /// What `<iss>/.well-known/openid-configuration` answers.
    public String metadata(String jwksUri) {
        return json(Map.of("issuer", iss, "jwks_uri", jwksUri));
    }

    /// A token as the TokenRequest API mints it for a pod.
    public String kubernetesToken(String namespace, String serviceAccount) {
        return sign(kubernetesClaims(namespace, serviceAccount, NOW));
    }

    public Map<String, Object> kubernetesClaims(
            String namespace, String serviceAccount, Instant issuedAt) {
        Map<String, Object> kubernetes = new LinkedHashMap<>();
        kubernetes.put("namespace", namespace);
        kubernetes.put(
                "node", Map.of("name", "node-1", "uid", "58456cb0-dd00-4a4d-9d4c-aa1d90bc24f1"));
        kubernetes.put(
                "pod", Map.of("name", "runner-0", "uid", "778a530c-b3f5-4c6b-9f0a-53ab64e6b1d5"));
        kubernetes.put(
                "serviceaccount",
                Map.of("name", serviceAccount, "uid", "a087d5a0-e1dd-43ec-93ac-f13d89cd13af"));
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("aud", List.of(AUDIENCE));
        claims.put("exp", issuedAt.plusSeconds(3600).getEpochSecond());
        claims.put("iat", issuedAt.getEpochSecond());
        claims.put("iss", iss);
        claims.put("jti", "ea28ed49-2e11-4280-9ec5-bc3d1d84661a");
        claims.put("kubernetes.io", kubernetes);
        claims.put("nbf", issuedAt.getEpochSecond());
        claims.put("sub", "system:serviceaccount:" + namespace + ":" + serviceAccount);
        return claims;
    }

    /// A token with the claims that every OpenID Connect provider sends, and one of its own.
    public Map<String, Object> oidcClaims(String subject, Instant issuedAt) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", iss);
        claims.put("sub", subject);
        claims.put("aud", AUDIENCE);
        claims.put("exp", issuedAt.plusSeconds(300).getEpochSecond());
        claims.put("iat", issuedAt.getEpochSecond());
        claims.put("environment", "production");
        return claims;
    }

    /// Signs with the header that Kubernetes sends: `alg` and `kid`, no `typ`.
    public String sign(Map<String, Object> claims) {
        return sign(header(), claims);
    }

    public Map<String, Object> header() {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("alg", key.alg());
        header.put("kid", key.kid());
        return header;
    }

    public String sign(Map<String, Object> header, Map<String, Object> claims) {
        return signText(json(header), json(claims));
    }

    /// Signs any two texts, well-formed or not.
    public String signText(String header, String claims) {
        String input = encode(header) + "." + encode(claims);
        return input + "." + key.sign(input);
    }

    static String encode(String text) {
        return TestKey.base64(text.getBytes(StandardCharsets.UTF_8));
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
