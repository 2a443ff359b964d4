package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.CapturedLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyEncryptionTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] CLEAR = "a private key".getBytes(StandardCharsets.UTF_8);

    private static KeyEncryption random() {
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        return KeyEncryption.of(Base64.getEncoder().encodeToString(key), "the test", RANDOM);
    }

    @Test
    void opensWhatItSealed() {
        KeyEncryption encryption = random();
        String sealed = encryption.seal(CLEAR, "signing-key:a");
        assertThat(encryption.open(sealed, "signing-key:a")).isEqualTo(CLEAR);
        assertThat(sealed).isNotEqualTo(encryption.seal(CLEAR, "signing-key:a"));
    }

    @Test
    void otherPurposeOpensNothing() {
        KeyEncryption encryption = random();
        String sealed = encryption.seal(CLEAR, "signing-key:a");
        refused(encryption, sealed, "signing-key:b");
    }

    @Test
    void otherKeyOpensNothing() {
        refused(random(), random().seal(CLEAR, "a"), "a");
    }

    @Test
    void everyChangedByteIsRefused() {
        KeyEncryption encryption = random();
        byte[] sealed = Base64.getDecoder().decode(encryption.seal(CLEAR, "a"));
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            refused(encryption, Base64.getEncoder().encodeToString(changed), "a");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "AQ==", "not base64!", "AQEBAQEBAQEBAQEBAQ=="})
    void whatWasNeverSealedIsRefused(String text) {
        refused(random(), text, "a");
    }

    private static void refused(KeyEncryption encryption, String sealed, String purpose) {
        assertThatThrownBy(() -> encryption.open(sealed, purpose))
                .isInstanceOf(KeyEncryption.UnusableException.class)
                .hasMessageContaining("tokens.encryption_key_file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "c2hvcnQ=", "planted-value-that-is-no-base64"})
    void keyOfAnotherFormIsRefusedAndNotShown(String text) {
        assertThatThrownBy(() -> KeyEncryption.of(text, "PDP_TOKENS_ENCRYPTION_KEY", RANDOM))
                .hasMessageContaining("PDP_TOKENS_ENCRYPTION_KEY")
                .hasMessageContaining("32 bytes")
                .hasMessageNotContaining("planted")
                .hasNoCause();
    }

    @Test
    void firstStartMakesAFileForItsOwnerAloneAndWarns(@TempDir Path data) throws Exception {
        try (CapturedLog log = CapturedLog.begin()) {
            KeyEncryption made = KeyEncryption.beside(data, false, RANDOM);
            Path file = data.resolve("encryption.key");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(log.text())
                    .contains("WARN")
                    .contains("tokens.encryption_key_file")
                    .doesNotContain(Files.readString(file).strip());
            String sealed = made.seal(CLEAR, "a");
            assertThat(KeyEncryption.beside(data, true, RANDOM).open(sealed, "a")).isEqualTo(CLEAR);
        }
    }

    @Test
    void lostKeyIsNoReasonForANewOne(@TempDir Path data) {
        assertThatThrownBy(() -> KeyEncryption.beside(data, true, RANDOM))
                .isInstanceOf(KeyEncryption.UnusableException.class)
                .hasMessageContaining("encryption.key")
                .hasMessageContaining("missing");
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void missingKeyFileIsNamed(@TempDir Path data) {
        assertThatThrownBy(() -> KeyEncryption.in(data.resolve("key"), RANDOM))
                .isInstanceOf(KeyEncryption.UnusableException.class)
                .hasMessageContaining("NoSuchFile");
    }
}
