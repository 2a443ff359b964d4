package io.quay.pdp.accounts;

import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What exists now: accounts, credentials and revocations, in memory, as last committed. Safe for
/// use by any number of threads; each answer is one consistent record.
@SuppressWarnings("DoNotCallSuggester")
public final class Directory {
    /// The account that this name means now: the one that Git declares before the API's.
    public Optional<ServiceAccount> find(String name) {
        throw new UnsupportedOperationException();
    }

    /// The accounts that the API manages, with their grants.
    public Collection<StoredAccount> stored() {
        throw new UnsupportedOperationException();
    }

    public Optional<StoredAccount> findStored(String name) {
        throw new UnsupportedOperationException();
    }

    public List<Credential> credentialsOf(String accountId) {
        throw new UnsupportedOperationException();
    }

    public Optional<Credential> findCredential(String id) {
        throw new UnsupportedOperationException();
    }

    /// The credential whose secret has this SHA-256.
    public Optional<Credential> findBySecret(String sha256) {
        throw new UnsupportedOperationException();
    }

    /// Notes that a credential proved its account just now; kept in batches.
    public void used(String credentialId, Instant at) {
        throw new UnsupportedOperationException();
    }

    /// The revocation that refuses a token of this description, if one does.
    ///
    /// @param issuedAt in milliseconds
    /// @param issuer the workload issuer behind it; null = none
    public Optional<Revocation> findRevocation(
            String accountId,
            @Nullable String credentialId,
            @Nullable String issuer,
            String tokenId,
            Instant issuedAt) {
        throw new UnsupportedOperationException();
    }

    /// Whether client assertions of the account may name the token endpoint as their audience.
    public boolean legacyAudience(String accountName) {
        throw new UnsupportedOperationException();
    }
}
