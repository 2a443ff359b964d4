package io.quay.pdp.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A SHA-256 over named contents, each with its length, so that no two different lists give the
/// same bytes. Not thread-safe.
final class ContentHash {
    private final MessageDigest digest;

    ContentHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    void add(String name, String content) {
        add(name.getBytes(StandardCharsets.UTF_8));
        add(content.getBytes(StandardCharsets.UTF_8));
    }

    private void add(byte[] bytes) {
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    /// The hash so far; the object cannot be used after it.
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
