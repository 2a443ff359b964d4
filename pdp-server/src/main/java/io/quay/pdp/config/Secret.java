package io.quay.pdp.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// Text that is neither printed nor compared in a time that depends on it.
public record Secret(String value) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret(String theirs)
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8),
                        theirs.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
