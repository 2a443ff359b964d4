package io.quay.pdp.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/// The form of the secrets that are made here: `qpdp_`, 256 random bits in base64url, and the
/// CRC-32 of both in base 62. Prefix and checksum let scanners find leaked ones without asking the
/// server.
public final class ClientSecret {
    public static final String PREFIX = "qpdp_";
    private static final int BODY_LENGTH = PREFIX.length() + 43;
    private static final int CHECKSUM_LENGTH = 6;
    private static final Pattern FORM = Pattern.compile("qpdp_[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}");
    private static final String DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private ClientSecret() {}

    public static String generate(SecureRandom random) {
        byte[] bits = new byte[32];
        random.nextBytes(bits);
        String body = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        return body + checksum(body);
    }

    /// Whether this could be one of our secrets: says nothing about whether it is valid.
    public static boolean isWellFormed(String text) {
        return FORM.matcher(text).matches()
                && checksum(text.substring(0, BODY_LENGTH)).equals(text.substring(BODY_LENGTH));
    }

    /// The text without what could be a secret of ours, for logs and records.
    public static String redacted(String text) {
        return FORM.matcher(text).replaceAll(PREFIX + "[redacted]");
    }

    /// SHA-256 of the whole secret, in lower-case hex: the form in which secrets are kept. A slow
    /// hash would protect nothing, because there is nothing to guess in 256 bits.
    public static String sha256Hex(String secret) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String checksum(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        char[] text = new char[CHECKSUM_LENGTH];
        long rest = crc.getValue();
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) (rest % 62));
            rest /= 62;
        }
        return new String(text);
    }
}
