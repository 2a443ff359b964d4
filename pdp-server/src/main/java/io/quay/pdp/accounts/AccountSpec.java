package io.quay.pdp.accounts;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A service account as a caller wants it: the fields that callers set, all of them.
///
/// @param owner an organization; null = the platform
/// @param expiresAt null = never
/// @param legacyAudience whether its client assertions may name the token endpoint as audience
public record AccountSpec(
        String name,
        String displayName,
        String description,
        @Nullable String owner,
        Set<String> groups,
        Map<String, String> labels,
        boolean enabled,
        @Nullable Instant expiresAt,
        boolean legacyAudience) {
    public AccountSpec {
        groups = Set.copyOf(groups);
        labels = Map.copyOf(labels);
    }
}
