package io.quay.pdp.accounts;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A service account as a caller wants it: the fields that callers set, all of them.
///
/// @param owner an organization; null = the platform
/// @param enabled null = as it is, so that leaving it out never switches a disabled account on; a
///   new account is enabled
/// @param expiresAt null = never
/// @param legacyAudience whether its client assertions may name the token endpoint as audience
public record AccountSpec(
        String name,
        String displayName,
        String description,
        @Nullable String owner,
        Set<String> groups,
        Map<String, String> labels,
        @Nullable Boolean enabled,
        @Nullable Instant expiresAt,
        boolean legacyAudience) {
    public AccountSpec {
        groups = Collections.unmodifiableSet(new LinkedHashSet<>(groups));
        labels = Map.copyOf(labels);
    }

    /// Whether the account is to be enabled.
    ///
    /// @param now whether it is
    boolean enabledAfter(boolean now) {
        return enabled == null ? now : enabled;
    }
}
