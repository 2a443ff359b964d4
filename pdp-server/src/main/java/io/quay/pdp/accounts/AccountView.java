package io.quay.pdp.accounts;

import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A service account as readers see it, wherever it is declared.
///
/// @param createdBy null for accounts of Git
/// @param revision its `ETag`; for accounts of Git it changes with the declaration
/// @param lastUsedAt when one of its credentials last proved it; null = never
/// @param conflict whether Git declares an account of the same name: that one counts, this one's
///   credentials and grants are off
public record AccountView(
        ServiceAccount account,
        AccountName.Origin origin,
        String displayName,
        @Nullable String createdBy,
        @Nullable Instant updatedAt,
        long revision,
        @Nullable Instant lastUsedAt,
        boolean legacyAudience,
        boolean conflict) {}
