package io.quay.pdp.identity;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A non-human identity, tied to no person. Immutable.
///
/// @param id stable and never reused; what Quay sees as `sub`
/// @param owner the organization that owns it; null = the platform
/// @param expiresAt from this moment on the account is refused; null = never
public record ServiceAccount(
        String id,
        String name,
        String description,
        @Nullable String owner,
        Set<String> groups,
        Map<String, String> labels,
        boolean enabled,
        @Nullable Instant createdAt,
        @Nullable Instant expiresAt,
        List<Grant> grants) {

    public static final Pattern NAME = Pattern.compile("svc-[a-z0-9][a-z0-9-]{0,58}");

    public ServiceAccount {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a service account's name: " + name);
        }
        groups = Collections.unmodifiableSet(new LinkedHashSet<>(groups));
        labels = Map.copyOf(labels);
        grants = List.copyOf(grants);
    }

    public EntityRef entity() {
        return EntityRef.serviceAccount(name);
    }

    /// Whether it may act: enabled and not expired.
    public boolean usableAt(Instant now) {
        return enabled && (expiresAt == null || now.isBefore(expiresAt));
    }
}
