package io.quay.pdp.config;

import org.jspecify.annotations.Nullable;

/// What the flags of the command line say; null where a flag is absent. They win over everything.
///
/// @param data a directory: sets `storage.url` to `pdp.db` in it
public record Overrides(
        @Nullable String listen,
        @Nullable String data,
        @Nullable String policies,
        @Nullable String schema,
        @Nullable String issuer) {
    public static Overrides none() {
        return new Overrides(null, null, null, null, null);
    }
}
