package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Revocation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The port to where accounts are kept. One transaction at a time; implementations are safe for use
/// by any number of threads and pass one conformance test.
public interface Store {
    /// Runs the work as one transaction: durable when this returns, undone when it throws.
    ///
    /// @throws StorageException when it cannot be kept
    <T extends @Nullable Object> T transact(Work<T> work);

    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run(Tables tables);
    }

    /// The tables within one transaction; not to be kept beyond it.
    interface Tables {
        Names names();

        Accounts accounts();

        Credentials credentials();

        Grants grants();

        Revocations revocations();

        Requests requests();

        Events events();
    }

    interface Names {
        List<AccountName> all();

        /// @throws ConflictException when a row of this name and origin exists
        void insert(AccountName name);

        /// Marks the row of this name and origin; null makes it current again.
        ///
        /// @throws ConflictException when there is none
        void retire(String name, AccountName.Origin origin, @Nullable Instant at);
    }

    interface Accounts {
        /// Without their grants.
        List<StoredAccount> all();

        /// @throws ConflictException when the id or the name is taken
        void insert(StoredAccount account);

        /// Replaces the account of this id when it is at `revision`; false when it is not.
        boolean replace(StoredAccount account, long revision);

        /// Removes it with its credentials and grants.
        void delete(String accountId);
    }

    interface Credentials {
        List<Credential> all();

        /// @throws ConflictException when the secret or the public key is some credential's
        ///   already, or there is no such account
        void insert(Credential credential);

        /// Replaces end, successor and ceiling.
        ///
        /// @throws ConflictException when it is gone
        void update(Credential credential);

        void delete(String credentialId);

        Map<String, Instant> lastUsed();

        /// Moves the last use of each credential forward; never back. Unknown ids are passed over.
        void used(Map<String, Instant> times);
    }

    interface Grants {
        /// In the order in which they were made.
        List<StoredGrant> all();

        /// @throws ConflictException when there is no such account
        void insert(StoredGrant grant);

        void delete(String grantId);
    }

    interface Revocations {
        List<Revocation> all();

        void insert(Revocation revocation);

        /// Removes those made before the moment: no token that old is alive.
        void prune(Instant before);
    }

    /// Creations by idempotency key.
    interface Requests {
        Optional<Request> find(String caller, String key);

        /// @throws ConflictException when the caller has used the key
        void insert(Request request);

        void prune(Instant before);
    }

    /// A creation that was asked for under an idempotency key.
    ///
    /// @param caller the name of the account that asked
    /// @param fingerprint SHA-256 of method, route and body
    /// @param created the id of what was made
    record Request(String caller, String key, String fingerprint, String created, Instant at) {}

    interface Events {
        void append(Event event);
    }

    /// What is to be inserted exists already, or what it belongs to is gone.
    final class ConflictException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        public ConflictException(String message) {
            super(message, null, false, false);
        }
    }

    /// Nothing was kept.
    final class StorageException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private final boolean full;

        /// @param full whether the disk is full
        public StorageException(String message, boolean full, Throwable cause) {
            super(message, cause);
            this.full = full;
        }

        public boolean full() {
            return full;
        }
    }
}
