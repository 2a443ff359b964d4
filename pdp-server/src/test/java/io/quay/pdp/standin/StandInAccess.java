package io.quay.pdp.standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.PlainObject;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/// Who calls: tokens of one issuer as Quay's SSO bearer takes them, and OAuth tokens of its own.
/// Guarded by the stand-in's lock.
final class StandInAccess {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> TYPES = Set.of("JWT", "at+jwt", "at+JWT");
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.RS384);
    private static final long LEEWAY = 30;

    /// @param scopes null = all that the user may
    record Caller(StandInState.User user, Set<String> scopes, StandInState.OauthToken token) {
        boolean has(String scope) {
            return scopes == null || scopes.contains(scope);
        }
    }

    /// What it takes that Quay must refuse.
    final Set<StandInFaults.Lenience> lenient = EnumSet.noneOf(StandInFaults.Lenience.class);

    /// Of how many badly signed tokens it takes one.
    int oneOf = 1;

    private final StandInState state;
    private final String audience;
    private int badlySigned;
    private final String service;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private String issuer;
    private JWKSet keys = new JWKSet();

    /// How often the keys were fetched.
    int fetches;

    StandInAccess(StandInState state, String issuer, String audience, String service) {
        this.state = state;
        this.issuer = issuer;
        this.audience = audience;
        this.service = service;
    }

    /// Whoever serves the keys need not wait for our connections.
    void close() {
        client.shutdownNow();
    }

    /// From now on it takes the tokens of this issuer alone.
    void trust(String url) {
        issuer = url;
        keys = new JWKSet();
    }

    String service() {
        return service;
    }

    Caller of(String authorization) {
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            throw new StandInRefusal(401, "Requires authentication");
        }
        String token = authorization.substring("Bearer ".length());
        if (lenient.contains(StandInFaults.Lenience.UNSIGNED) && token.endsWith(".")) {
            return usable(new Caller(unsignedUser(token), null, null));
        }
        try {
            JWSObject parsed = JWSObject.parse(token);
            String type = String.valueOf(parsed.getHeader().getType());
            if (TYPES.contains(type)) {
                return usable(new Caller(ssoUser(verified(parsed)), null, null));
            }
        } catch (ParseException _) {
            // An opaque token.
        }
        StandInState.OauthToken known = state.tokens.get(token);
        if (known == null || !state.clock.instant().isBefore(known.until())) {
            throw new StandInRefusal(401, "Requires authentication");
        }
        return usable(
                new Caller(
                        Objects.requireNonNull(state.find(known.user())),
                        Set.of(known.scope().split("[ ,]+", -1)),
                        known));
    }

    private static Caller usable(Caller caller) {
        if (!caller.user().enabled) {
            throw new StandInRefusal(401, "User is disabled");
        }
        return caller;
    }

    private StandInState.User unsignedUser(String token) {
        try {
            return ssoUser(JSON.readTree(PlainObject.parse(token).getPayload().toString()));
        } catch (ParseException | JsonProcessingException _) {
            throw new StandInRefusal(401, "Invalid token");
        }
    }

    private StandInState.User ssoUser(JsonNode claims) {
        String subject = claims.path("sub").asText("");
        if (!claims.has("sub")) {
            throw new StandInRefusal(401, "Token has no sub");
        }
        if (subject.isEmpty()) {
            throw new StandInRefusal(500, "Internal Server Error");
        }
        return state.byLogin(service, subject, claims.path("preferred_username").asText(subject));
    }

    private JsonNode verified(JWSObject token) {
        String kid = token.getHeader().getKeyID();
        boolean secret =
                lenient.contains(StandInFaults.Lenience.PUBLIC_KEY)
                        && token.getHeader().getAlgorithm().equals(JWSAlgorithm.HS256);
        if ((!ALGORITHMS.contains(token.getHeader().getAlgorithm()) && !secret) || kid == null) {
            throw new StandInRefusal(401, "Unsupported algorithm, or no kid");
        }
        try {
            JWK key = key(kid);
            boolean signed =
                    key == null
                            ? lenient.contains(StandInFaults.Lenience.KEY)
                            : token.verify(
                                    secret
                                            ? new MACVerifier(pem(key))
                                            : new RSASSAVerifier(key.toRSAKey()));
            if (!signed && (key == null || !overlooked())) {
                throw new StandInRefusal(401, "Invalid signature");
            }
            JsonNode claims = JSON.readTree(token.getPayload().toString());
            requireClaims(claims);
            return claims;
        } catch (IOException _) {
            // Without our issuer Quay fails, and its worker closes the connection.
            throw new StandInRefusal(StandInRefusal.NO_ANSWER, "");
        } catch (JOSEException _) {
            throw new StandInRefusal(401, "Token cannot be verified");
        }
    }

    private void requireClaims(JsonNode claims) {
        Instant now = state.clock.instant();
        boolean forUs =
                lenient.contains(StandInFaults.Lenience.AUDIENCE)
                        || claims.path("aud").asText("").equals(audience);
        for (JsonNode each : claims.path("aud")) {
            forUs |= each.asText("").equals(audience);
        }
        boolean timely =
                claims.path("exp").isIntegralNumber()
                        && claims.path("iat").isIntegralNumber()
                        && (lenient.contains(StandInFaults.Lenience.EXPIRY)
                                || claims.path("exp").asLong() + LEEWAY > now.getEpochSecond())
                        && claims.path("iat").asLong() - LEEWAY <= now.getEpochSecond();
        boolean ours =
                lenient.contains(StandInFaults.Lenience.ISSUER)
                        || bare(claims.path("iss").asText("")).equals(bare(issuer));
        if (!forUs || !timely || !ours) {
            throw new StandInRefusal(401, "Invalid audience, times or issuer");
        }
    }

    private boolean overlooked() {
        return lenient.contains(StandInFaults.Lenience.SIGNATURE) && ++badlySigned % oneOf == 0;
    }

    private static byte[] pem(JWK key) throws JOSEException {
        String text =
                Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(key.toRSAKey().toPublicKey().getEncoded());
        return ("-----BEGIN PUBLIC KEY-----\n" + text + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String bare(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /// Fetched again for any kid that is not known.
    private JWK key(String kid) throws IOException {
        if (keys.getKeyByKeyId(kid) == null) {
            fetches++;
            JsonNode discovery = fetch(bare(issuer) + "/.well-known/openid-configuration");
            try {
                keys = JWKSet.parse(fetch(discovery.path("jwks_uri").asText()).toString());
            } catch (ParseException e) {
                throw new IOException("not a key set", e);
            }
        }
        return keys.getKeyByKeyId(kid);
    }

    private JsonNode fetch(String url) throws IOException {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(3)).build();
            return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
