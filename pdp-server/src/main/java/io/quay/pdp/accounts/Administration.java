package io.quay.pdp.accounts;

import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Revocation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every change to accounts, credentials, grants and revocations, and every look at them, each
/// decided by the `admin` policies for its caller. Safe for use by any number of threads.
///
/// Every method throws [RefusedException] for what the caller did wrong or may not do.
@SuppressWarnings("DoNotCallSuggester")
public final class Administration {
    /// @param owner only accounts of this organization
    /// @param enabled only those that are, or are not
    public record Filter(
            @Nullable String owner,
            @Nullable String group,
            @Nullable String label,
            @Nullable Boolean enabled) {}

    /// The first `limit` accounts behind `after` in the order of their names that match and that
    /// the caller may read.
    public List<AccountView> list(Caller caller, Filter filter, @Nullable String after, int limit) {
        throw new UnsupportedOperationException();
    }

    public AccountView get(Caller caller, String name) {
        throw new UnsupportedOperationException();
    }

    public Write.Done<AccountView> create(Caller caller, AccountSpec spec, Write write) {
        throw new UnsupportedOperationException();
    }

    /// Replaces the account, or creates it when there is none: fresh then.
    public Write.Done<AccountView> replace(
            Caller caller, String name, AccountSpec spec, Write write) {
        throw new UnsupportedOperationException();
    }

    public void delete(Caller caller, String name, Write write) {
        throw new UnsupportedOperationException();
    }

    /// A credential with its last use.
    public record SeenCredential(Credential credential, @Nullable Instant lastUsedAt) {}

    public List<SeenCredential> credentials(Caller caller, String name) {
        throw new UnsupportedOperationException();
    }

    public SeenCredential credential(Caller caller, String name, String id) {
        throw new UnsupportedOperationException();
    }

    public Write.Done<NewCredential> createCredential(
            Caller caller, String name, CredentialSpec spec, Write write) {
        throw new UnsupportedOperationException();
    }

    /// Makes a successor and lets the old one end after the overlap.
    ///
    /// @param spec null = of the same kind, which must be a secret
    public Write.Done<NewCredential> rotate(
            Caller caller,
            String name,
            String id,
            Duration overlap,
            @Nullable CredentialSpec spec,
            Write write) {
        throw new UnsupportedOperationException();
    }

    public void deleteCredential(Caller caller, String name, String id, Write write) {
        throw new UnsupportedOperationException();
    }

    public List<StoredGrant> grants(Caller caller, String name) {
        throw new UnsupportedOperationException();
    }

    public StoredGrant grant(Caller caller, String name, String id) {
        throw new UnsupportedOperationException();
    }

    public Write.Done<StoredGrant> createGrant(
            Caller caller, String name, GrantSpec spec, Write write) {
        throw new UnsupportedOperationException();
    }

    public void deleteGrant(Caller caller, String name, String id, Write write) {
        throw new UnsupportedOperationException();
    }

    /// What a revocation is asked for, by names.
    public sealed interface RevocationSpec {
        record Account(String name) implements RevocationSpec {}

        record OneCredential(String account, String credentialId) implements RevocationSpec {}

        record Issuer(String name) implements RevocationSpec {}

        record Everything() implements RevocationSpec {}
    }

    /// @param before null = now; never in the future
    public Write.Done<Revocation> revoke(
            Caller caller, RevocationSpec spec, @Nullable Instant before, Write write) {
        throw new UnsupportedOperationException();
    }

    public List<Revocation> revocations(Caller caller, @Nullable String after, int limit) {
        throw new UnsupportedOperationException();
    }

    /// Whether the caller may do this: for reads that other parts answer.
    ///
    /// @param action of `Pdp::Action`
    public boolean allows(Caller caller, String action, EntityRef resource) {
        throw new UnsupportedOperationException();
    }

    /// As [#allows], but refuses and records the refusal.
    public void require(Caller caller, String action, EntityRef resource) {
        throw new UnsupportedOperationException();
    }
}
