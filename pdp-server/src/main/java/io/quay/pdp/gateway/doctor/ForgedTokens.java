package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.QuayTokens;
import io.quay.pdp.token.SigningKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tokens for Quay: the good one, and some that Quay must refuse. All are of the same account, so
/// that a Quay that takes them makes no user more. Safe for use by any number of threads.
final class ForgedTokens {
    private static final Duration LIFETIME = Duration.ofMinutes(1);
    private static final Duration PAST = Duration.ofHours(-1);
    private static final String NOBODY = "quay-pdp-doctor-nobody";
    private static final int RSA_BITS = 2048;

    private final QuayTokens tokens;
    private final DecisionIds ids;
    private final SecureRandom random;
    private final Clock clock;

    ForgedTokens(QuayTokens tokens, SecureRandom random, Clock clock) {
        this.tokens = tokens;
        this.ids = new DecisionIds(clock, random);
        this.random = random;
        this.clock = clock;
    }

    String good(ServiceAccount account) {
        return tokens.mint(account, LIFETIME).compact();
    }

    String expired(ServiceAccount account) {
        return with(tokens.settings(), Clock.offset(clock, PAST), account);
    }

    String forAnotherAudience(ServiceAccount account) {
        return with(new QuayTokens.Settings(tokens.settings().issuer(), NOBODY), clock, account);
    }

    /// Signed by our key.
    String ofAnotherIssuer(ServiceAccount account) {
        return with(
                new QuayTokens.Settings(
                        "https://" + NOBODY + ".invalid/", tokens.settings().audience()),
                clock,
                account);
    }

    /// The claims of a good one and no signature (RFC 7518 §3.6).
    String unsigned(ServiceAccount account) {
        return header("none", kid()) + "." + claims(account) + ".";
    }

    /// The claims of a good one under a MAC whose secret is our public key, as PEM, which everybody
    /// may read (RFC 8725 §2.1).
    String signedWithPublicKey(ServiceAccount account) {
        String signed = header("HS256", kid()) + "." + claims(account);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(
                    new SecretKeySpec(
                            publicKey().getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
            return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", e);
        }
    }

    /// The key that signs good tokens.
    private SigningKey key() {
        return tokens.ring().keys().stream()
                .filter(key -> key.state() == SigningKey.State.ACTIVE)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the ring has no active key"));
    }

    private String kid() {
        return key().kid();
    }

    private String publicKey() throws GeneralSecurityException {
        JsonNode jwk;
        try {
            jwk = new ObjectMapper().readTree(key().publicJwk());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the ring's public key is no JWK", e);
        }
        RSAPublicKeySpec numbers =
                new RSAPublicKeySpec(number(jwk.path("n")), number(jwk.path("e")));
        byte[] key = KeyFactory.getInstance("RSA").generatePublic(numbers).getEncoded();
        byte[] newline = {'\n'};
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, newline).encodeToString(key)
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static BigInteger number(JsonNode member) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(member.asText()));
    }

    private String claims(ServiceAccount account) {
        return good(account).split("\\.", -1)[1];
    }

    private static String header(String algorithm, String kid) {
        return encode(
                ("{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\",\"kid\":\"" + kid + "\"}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private String with(QuayTokens.Settings settings, Clock when, ServiceAccount account) {
        return new QuayTokens(settings, tokens.ring(), ids, when).mint(account, LIFETIME).compact();
    }

    /// A good one with one bit of the signature changed.
    String withBrokenSignature(ServiceAccount account) {
        String good = good(account);
        int signatureAt = good.lastIndexOf('.') + 1;
        byte[] signature = Base64.getUrlDecoder().decode(good.substring(signatureAt));
        signature[signature.length / 2] ^= 1;
        return good.substring(0, signatureAt) + encode(signature);
    }

    /// The claims of a good one, properly signed by a key that nobody published.
    String ofUnknownKey(ServiceAccount account) {
        String signed = header("RS256", NOBODY) + "." + claims(account);
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS, random);
            KeyPair pair = generator.generateKeyPair();
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(pair.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK signs with RSA", e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
