package io.quay.pdp.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A role given on a resource: the link of the template `role` with this resource.
///
/// @param id stable; shown in decisions beside the role
/// @param expiresAt the grant counts before this moment only; null = for ever
public record Grant(String id, String role, EntityRef resource, @Nullable Instant expiresAt) {
    public boolean activeAt(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }
}
