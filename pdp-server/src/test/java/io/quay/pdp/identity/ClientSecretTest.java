package io.quay.pdp.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ClientSecretTest {
    private final SecureRandom random = new SecureRandom();

    @Test
    void generatedSecretsAreWellFormedAndDiffer() {
        Set<String> made = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            String secret = ClientSecret.generate(random);
            assertThat(secret).matches("qpdp_[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}");
            assertThat(ClientSecret.isWellFormed(secret)).isTrue();
            made.add(secret);
        }
        assertThat(made).hasSize(1_000);
    }

    /// Any other tool can compute the same checksum: CRC-32 (zlib's), base 62 with digits, upper
    /// and lower case in this order, six places.
    @Test
    void theFormIsFixed() {
        assertThat(ClientSecret.isWellFormed("qpdp_" + "A".repeat(43) + "CHECKS")).isFalse();
        assertThat(ClientSecret.isWellFormed("qpdp_" + "A".repeat(43) + "1JL4ej")).isTrue();
    }

    @Test
    void everyChangedCharacterIsNoticed() {
        String secret = ClientSecret.generate(random);
        for (int i = 0; i < secret.length(); i++) {
            char other = secret.charAt(i) == 'x' ? 'y' : 'x';
            String changed = secret.substring(0, i) + other + secret.substring(i + 1);
            assertThat(ClientSecret.isWellFormed(changed)).as("at %d", i).isFalse();
        }
        assertThat(ClientSecret.isWellFormed(secret + "0")).isFalse();
        assertThat(ClientSecret.isWellFormed(secret + "\n")).isFalse();
        assertThat(ClientSecret.isWellFormed("")).isFalse();
    }

    @Test
    void isKeptAsSha256() {
        assertThat(ClientSecret.sha256Hex("abc"))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
