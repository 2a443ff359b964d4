package io.quay.pdp.gateway.doctor;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.QuayTokens;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;

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
        return with(tokens.settings().audience(), Clock.offset(clock, PAST), account);
    }

    String forAnotherAudience(ServiceAccount account) {
        return with(NOBODY, clock, account);
    }

    private String with(String audience, Clock when, ServiceAccount account) {
        QuayTokens.Settings settings =
                new QuayTokens.Settings(tokens.settings().issuer(), audience);
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
        String header =
                encode(
                        ("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" + NOBODY + "\"}")
                                .getBytes(StandardCharsets.UTF_8));
        String signed = header + "." + good(account).split("\\.", -1)[1];
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
