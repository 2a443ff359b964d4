package io.quay.pdp.token;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.RingKeys;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;

/// Key rings with real keys.
public final class Rings {
    public static final SecureRandom RANDOM = new SecureRandom();
    public static final Duration PUBLISH_AHEAD = Duration.ofMinutes(15);
    public static final Duration INTERVAL = Duration.ofDays(30);

    private Rings() {}

    public static KeyEncryption encryption() {
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        return KeyEncryption.of(Base64.getEncoder().encodeToString(key), "the test", RANDOM);
    }

    public static KeyRing ring(
            SigningKeys store, KeyEncryption encryption, Clock clock, String algorithm) {
        return new KeyRing(
                store,
                new RingKeys(encryption, RANDOM),
                new KeyRing.Settings(algorithm, PUBLISH_AHEAD, INTERVAL),
                new DecisionIds(clock, RANDOM),
                clock);
    }
}
