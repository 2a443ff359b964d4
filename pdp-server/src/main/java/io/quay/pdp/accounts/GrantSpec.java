package io.quay.pdp.accounts;

import io.quay.pdp.identity.EntityRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A grant as a caller wants it.
///
/// @param expiresAt null = never
public record GrantSpec(String role, EntityRef resource, @Nullable Instant expiresAt) {}
