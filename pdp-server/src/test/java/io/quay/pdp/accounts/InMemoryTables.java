package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Revocation;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The tables of one transaction in memory.
final class InMemoryTables implements Store.Tables {
    private final Map<List<Object>, AccountName> nameRows = new HashMap<>();
    private final Map<String, StoredAccount> accountRows = new HashMap<>();
    private final Map<String, Credential> credentialRows = new HashMap<>();
    private final Map<String, Instant> uses = new HashMap<>();
    private final Map<String, StoredGrant> grantRows = new HashMap<>();
    private final Map<String, Revocation> revocationRows = new HashMap<>();
    private final Map<List<String>, Store.Request> requestRows = new HashMap<>();
    final TreeMap<String, Event> recorded = new TreeMap<>();
    private boolean over;

    InMemoryTables() {}

    InMemoryTables(InMemoryTables other) {
        nameRows.putAll(other.nameRows);
        accountRows.putAll(other.accountRows);
        credentialRows.putAll(other.credentialRows);
        uses.putAll(other.uses);
        grantRows.putAll(other.grantRows);
        revocationRows.putAll(other.revocationRows);
        requestRows.putAll(other.requestRows);
        recorded.putAll(other.recorded);
    }

    void end() {
        over = true;
    }

    private void checkRunning() {
        if (over) {
            throw new IllegalStateException("the transaction is over");
        }
    }

    private <K, V> void put(Map<K, V> rows, K key, V row) {
        checkRunning();
        if (rows.putIfAbsent(key, row) != null) {
            throw new Store.ConflictException(key + " exists already");
        }
    }

    private <V> List<V> sorted(Map<?, V> rows, Comparator<V> order) {
        checkRunning();
        return rows.values().stream().sorted(order).toList();
    }

    private void checkAccount(String id) {
        checkRunning();
        if (!accountRows.containsKey(id)) {
            throw new Store.ConflictException("no account " + id);
        }
    }

    @Override
    public Store.Names names() {
        return new NameRows();
    }

    @Override
    public Store.Accounts accounts() {
        return new AccountRows();
    }

    @Override
    public Store.Credentials credentials() {
        return new CredentialRows();
    }

    @Override
    public Store.Grants grants() {
        return new GrantRows();
    }

    @Override
    public Store.Revocations revocations() {
        return new RevocationRows();
    }

    @Override
    public Store.Requests requests() {
        return new RequestRows();
    }

    @Override
    public Store.Events events() {
        return event -> put(recorded, event.id(), event);
    }

    private final class NameRows implements Store.Names {
        @Override
        public List<AccountName> all() {
            return sorted(
                    nameRows,
                    Comparator.comparing(AccountName::name).thenComparing(AccountName::origin));
        }

        @Override
        public void insert(AccountName name) {
            put(nameRows, List.of(name.name(), name.origin()), name);
        }

        @Override
        public void retire(String name, AccountName.Origin origin, @Nullable Instant at) {
            checkRunning();
            AccountName old = nameRows.get(List.of(name, origin));
            if (old == null) {
                throw new Store.ConflictException("no name " + name);
            }
            var changed = new AccountName(name, origin, old.accountId(), old.since(), at);
            nameRows.put(List.of(name, origin), changed);
        }
    }

    private final class AccountRows implements Store.Accounts {
        @Override
        public List<StoredAccount> all() {
            return sorted(accountRows, Comparator.comparing(StoredAccount::name));
        }

        @Override
        public void insert(StoredAccount account) {
            checkNameIsFree(account);
            put(accountRows, account.id(), account.withGrants(List.of()));
        }

        @Override
        public boolean replace(StoredAccount account, long revision) {
            checkRunning();
            StoredAccount old = accountRows.get(account.id());
            if (old == null || old.revision() != revision) {
                return false;
            }
            checkNameIsFree(account);
            accountRows.put(account.id(), account.withGrants(List.of()));
            return true;
        }

        private void checkNameIsFree(StoredAccount account) {
            for (StoredAccount other : accountRows.values()) {
                if (other.name().equals(account.name()) && !other.id().equals(account.id())) {
                    throw new Store.ConflictException("taken by " + other.id());
                }
            }
        }

        @Override
        public void delete(String accountId) {
            checkRunning();
            accountRows.remove(accountId);
            credentialRows.values().removeIf(row -> row.accountId().equals(accountId));
            uses.keySet().retainAll(credentialRows.keySet());
            grantRows.values().removeIf(row -> row.accountId().equals(accountId));
        }
    }

    private final class CredentialRows implements Store.Credentials {
        @Override
        public List<Credential> all() {
            return sorted(
                    credentialRows,
                    Comparator.comparing(Credential::createdAt).thenComparing(Credential::id));
        }

        @Override
        public void insert(Credential credential) {
            checkRunning();
            Object proven = proven(credential.proof());
            for (Credential other : credentialRows.values()) {
                boolean elsewhere =
                        credential.proof() instanceof Credential.Proof.Federated
                                && !other.accountId().equals(credential.accountId());
                if (!elsewhere && proven(other.proof()).equals(proven)) {
                    throw new Store.ConflictException("taken by " + other.id());
                }
            }
            put(credentialRows, credential.id(), credential);
        }

        private static Object proven(Credential.Proof proof) {
            return switch (proof) {
                case Credential.Proof.Secret secret -> secret;
                case Credential.Proof.PublicKey key -> key.thumbprint();
                case Credential.Proof.Federated workload ->
                        List.of(workload.issuer(), workload.subject());
            };
        }

        @Override
        public void update(Credential credential) {
            checkRunning();
            Credential old = credentialRows.get(credential.id());
            if (old == null) {
                throw new Store.ConflictException("no credential " + credential.id());
            }
            credentialRows.put(
                    old.id(),
                    new Credential(
                            old.id(),
                            old.accountId(),
                            old.proof(),
                            old.createdBy(),
                            old.createdAt(),
                            credential.expiresAt(),
                            credential.replacedBy(),
                            credential.ceiling(),
                            old.byHighest(),
                            old.madeWith()));
        }

        @Override
        public void delete(String credentialId) {
            checkRunning();
            credentialRows.remove(credentialId);
            uses.remove(credentialId);
        }

        @Override
        public Map<String, Instant> lastUsed() {
            return Map.copyOf(uses);
        }

        @Override
        public void used(Map<String, Instant> times) {
            checkRunning();
            times.forEach((id, time) -> {
                if (credentialRows.containsKey(id)) {
                    uses.merge(id, time, (old, young) -> old.isBefore(young) ? young : old);
                }
            });
        }
    }

    private final class GrantRows implements Store.Grants {
        @Override
        public List<StoredGrant> all() {
            return sorted(
                    grantRows,
                    Comparator.comparing(StoredGrant::createdAt)
                            .thenComparing(row -> row.grant().id()));
        }

        @Override
        public void insert(StoredGrant stored) {
            checkAccount(stored.accountId());
            put(grantRows, stored.grant().id(), stored);
        }

        @Override
        public void delete(String grantId) {
            checkRunning();
            grantRows.remove(grantId);
        }
    }

    private final class RevocationRows implements Store.Revocations {
        @Override
        public List<Revocation> all() {
            return sorted(
                    revocationRows,
                    Comparator.comparing(Revocation::createdAt).thenComparing(Revocation::id));
        }

        @Override
        public void insert(Revocation revocation) {
            put(revocationRows, revocation.id(), revocation);
        }

        @Override
        public void prune(Instant before) {
            checkRunning();
            revocationRows.values().removeIf(row -> row.createdAt().isBefore(before));
        }
    }

    private final class RequestRows implements Store.Requests {
        @Override
        public Optional<Store.Request> find(String caller, String key) {
            return Optional.ofNullable(requestRows.get(List.of(caller, key)));
        }

        @Override
        public void insert(Store.Request request) {
            put(requestRows, List.of(request.caller(), request.key()), request);
        }

        @Override
        public void prune(Instant before) {
            checkRunning();
            requestRows.values().removeIf(row -> row.at().isBefore(before));
        }
    }
}
