package io.quay.pdp.accounts;

import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A service account as the API manages it. Immutable.
///
/// @param account with its grants in the order in which they were made
/// @param createdBy the name of the account that made it
/// @param updatedAt when it was last changed; grants and credentials are not part of it
/// @param revision from 1, one more with each change of the account; its `ETag`
/// @param disabledBy the authority that disabled it or gave it its end: enabling and prolonging
///   take no less; null while it is enabled without an end
/// @param legacyAudience whether client assertions may name the token endpoint as their audience
public record StoredAccount(
        ServiceAccount account,
        String displayName,
        String createdBy,
        Instant updatedAt,
        long revision,
        @Nullable Authority disabledBy,
        boolean legacyAudience) {

    /// How far an administrator reaches.
    public enum Authority {
        /// Within one organization.
        ORGANIZATION,
        /// Everywhere.
        REGISTRY
    }

    public String id() {
        return account.id();
    }

    public String name() {
        return account.name();
    }

    /// Switched off: only an administrator of the whole registry may enable it.
    StoredAccount disabled(Instant now) {
        ServiceAccount off =
                new ServiceAccount(
                        account.id(),
                        account.name(),
                        account.description(),
                        account.owner(),
                        account.groups(),
                        account.labels(),
                        false,
                        account.createdAt(),
                        account.expiresAt(),
                        account.grants());
        return new StoredAccount(
                off, displayName, createdBy, now, revision + 1, Authority.REGISTRY, legacyAudience);
    }

    public StoredAccount withGrants(List<Grant> grants) {
        return new StoredAccount(
                new ServiceAccount(
                        account.id(),
                        account.name(),
                        account.description(),
                        account.owner(),
                        account.groups(),
                        account.labels(),
                        account.enabled(),
                        account.createdAt(),
                        account.expiresAt(),
                        grants),
                displayName,
                createdBy,
                updatedAt,
                revision,
                disabledBy,
                legacyAudience);
    }
}
