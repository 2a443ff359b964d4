package io.quay.pdp.accounts;

import org.jspecify.annotations.Nullable;

/// How a change is asked for.
///
/// @param dryRun whether everything is checked and nothing done
/// @param revision the revision that the caller saw (`If-Match`); null = any
/// @param idempotency null = none
public record Write(boolean dryRun, @Nullable Long revision, @Nullable Idempotency idempotency) {
    public static final Write PLAIN = new Write(false, null, null);

    /// @param fingerprint SHA-256 of method, route and body, in hex
    public record Idempotency(String key, String fingerprint) {}

    /// What a change gave.
    ///
    /// @param fresh false when it had been made before under the same idempotency key
    public record Done<T>(T value, boolean fresh) {}
}
