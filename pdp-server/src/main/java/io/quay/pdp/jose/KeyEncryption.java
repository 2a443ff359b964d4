package io.quay.pdp.jose;

import io.quay.pdp.audit.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Seals what must not lie open in the database, above all private keys: AES-256-GCM (NIST SP
/// 800-38D) with a random 96-bit nonce, bound to its purpose. Safe for use by any number of
/// threads.
///
/// The sealed form is, in base64, one byte for the version, the nonce, and ciphertext with tag.
public final class KeyEncryption implements Sealing {
    /// Where the key is kept when the configuration names none.
    public static final String FILE_NAME = "encryption.key";

    private static final Logger LOG = LoggerFactory.getLogger(KeyEncryption.class);
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte VERSION = 1;
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final SecretKey key;
    private final SecureRandom random;

    private KeyEncryption(byte[] key, SecureRandom random) {
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
    }

    /// The encryption key cannot be had, or does not open what was sealed. The message says what to
    /// do and holds nothing of the key.
    public static final class UnusableException extends IllegalStateException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message);
        }

        UnusableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// The key that the configuration gives.
    ///
    /// @param base64 of 32 bytes
    /// @param where it was given, for messages
    public static KeyEncryption of(String base64, String where, SecureRandom random) {
        return new KeyEncryption(decode(base64, where), random);
    }

    /// The key in a file that the configuration names.
    public static KeyEncryption in(Path file, SecureRandom random) {
        try {
            return of(Files.readString(file, StandardCharsets.US_ASCII), file.toString(), random);
        } catch (IOException e) {
            throw new UnusableException(
                    file + ": the encryption key cannot be read: " + e.getClass().getSimpleName(),
                    e);
        }
    }

    /// The key beside the data, made at the first start.
    ///
    /// @param sealed whether the data holds sealed things already: then a new key would open none
    ///   of them, and a missing one is an error
    public static KeyEncryption beside(Path data, boolean sealed, SecureRandom random) {
        Path file = data.resolve(FILE_NAME);
        if (Files.exists(file)) {
            return in(file, random);
        }
        if (sealed) {
            throw new UnusableException(
                    file
                            + ": the encryption key is missing, and the database holds keys sealed"
                            + " under it: restore the file, or give the key as"
                            + " tokens.encryption_key_file");
        }
        try {
            write(file, random);
        } catch (IOException e) {
            throw new UnusableException(
                    file + ": the encryption key cannot be kept: " + e.getClass().getSimpleName(),
                    e);
        }
        LOG.atWarn()
                .addKeyValue("file", file)
                .log(
                        "made an encryption key beside the data that it protects: whoever copies the"
                                + " directory has both; set tokens.encryption_key_file");
        return in(file, random);
    }

    /// In one step: a crash leaves the whole file or none.
    private static void write(Path file, SecureRandom random) throws IOException {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        Path unfinished = file.resolveSibling(FILE_NAME + ".new");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.writeString(unfinished, Base64.getEncoder().encodeToString(key) + "\n");
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static byte[] decode(String base64, String where) {
        try {
            byte[] key = Base64.getDecoder().decode(base64.strip());
            if (key.length == KEY_BYTES) {
                return key;
            }
        } catch (IllegalArgumentException _) {
            // The decoder's message quotes the key.
        }
        throw new UnusableException(
                where
                        + ": the encryption key must be 32 bytes in base64 (openssl rand -base64 32)");
    }

    @Override
    public String seal(byte[] clear, String purpose) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] ciphertext = run(Cipher.ENCRYPT_MODE, nonce, clear, purpose);
        if (ciphertext == null) {
            throw new IllegalStateException("sealing failed");
        }
        byte[] sealed =
                ByteBuffer.allocate(1 + NONCE_BYTES + ciphertext.length)
                        .put(VERSION)
                        .put(nonce)
                        .put(ciphertext)
                        .array();
        return Base64.getEncoder().encodeToString(sealed);
    }

    @Override
    public byte[] open(String sealed, String purpose) {
        byte[] clear = null;
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(sealed));
            if (bytes.remaining() > 1 + NONCE_BYTES && bytes.get() == VERSION) {
                byte[] nonce = new byte[NONCE_BYTES];
                bytes.get(nonce);
                byte[] ciphertext = new byte[bytes.remaining()];
                bytes.get(ciphertext);
                clear = run(Cipher.DECRYPT_MODE, nonce, ciphertext, purpose);
            }
        } catch (IllegalArgumentException _) {
            // refused below
        }
        if (clear == null) {
            throw new UnusableException(
                    "what was sealed as `"
                            + purpose
                            + "` does not open: the encryption key is another one than it was sealed"
                            + " under, or the database was changed; give the right key as"
                            + " tokens.encryption_key_file");
        }
        return clear;
    }

    private byte @Nullable [] run(int mode, byte[] nonce, byte[] input, String purpose) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException _) {
            return null;
        }
    }
}
