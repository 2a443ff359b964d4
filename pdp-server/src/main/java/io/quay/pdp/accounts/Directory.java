package io.quay.pdp.accounts;

import io.quay.pdp.federation.FederatedAccounts;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.OtherAccounts;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What exists now: accounts, credentials and revocations, in memory, as last committed. Only
/// [Administration] and [Bootstrap] change it, after their commit.
///
/// Safe for use by any number of threads; each answer is one consistent record.
public final class Directory implements FederatedAccounts {
    private final Supplier<ServiceAccounts> declared;
    private final Map<String, StoredAccount> accounts = new ConcurrentHashMap<>();
    private final Map<String, StoredGrant> grants = new ConcurrentHashMap<>();
    private final Map<String, Credential> credentials = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> credentialsByAccount = new ConcurrentHashMap<>();
    private final Map<String, String> credentialsBySecret = new ConcurrentHashMap<>();
    private final Map<String, Instant> lastUsed = new ConcurrentHashMap<>();
    private final Map<String, Instant> usedSinceFlush = new ConcurrentHashMap<>();
    private final List<Revocation> revocations = new CopyOnWriteArrayList<>();
    private final List<Suspension> suspensions = new CopyOnWriteArrayList<>();

    /// Those of one token each: there may be many.
    private final Map<String, Revocation> revokedTokens = new ConcurrentHashMap<>();

    /// @param declared the accounts of the policies in force
    public Directory(Supplier<ServiceAccounts> declared) {
        this.declared = declared;
    }

    /// Reads all that is kept.
    public void load(Store store) {
        store.transact(tables -> {
            Map<String, List<StoredGrant>> byAccount = new HashMap<>();
            tables.grants()
                    .all()
                    .forEach(grant -> {
                        grants.put(grant.grant().id(), grant);
                        byAccount
                                .computeIfAbsent(grant.accountId(), _ -> new ArrayList<>())
                                .add(grant);
                    });
            tables.accounts()
                    .all()
                    .forEach(account ->
                            put(
                                    account.withGrants(
                                            byAccount.getOrDefault(account.id(), List.of()).stream()
                                                    .sorted(
                                                            Comparator.comparing(
                                                                    grant -> grant.grant().id()))
                                                    .map(StoredGrant::grant)
                                                    .toList())));
            tables.credentials().all().forEach(this::put);
            lastUsed.putAll(tables.credentials().lastUsed());
            tables.revocations().all().forEach(this::put);
            return null;
        });
    }

    /// The account that this name means now: the one that Git declares before the API's.
    public Optional<ServiceAccount> find(String name) {
        return declared.get().find(name).or(() -> managed().find(name));
    }

    /// All accounts that names mean now.
    public Collection<ServiceAccount> all() {
        ServiceAccounts inGit = declared.get();
        List<ServiceAccount> all = new ArrayList<>(inGit.all());
        managed().all().stream()
                .filter(account -> inGit.find(account.name()).isEmpty())
                .forEach(all::add);
        return all;
    }

    /// The accounts that the API manages, also those in whose place Git has put another.
    public OtherAccounts managed() {
        return new OtherAccounts() {
            @Override
            public Optional<ServiceAccount> find(String name) {
                return findStored(name).map(Directory.this::inForce);
            }

            @Override
            public Collection<ServiceAccount> all() {
                return accounts.values().stream().map(Directory.this::inForce).toList();
            }
        };
    }

    /// With the grants that count.
    private ServiceAccount inForce(StoredAccount account) {
        boolean some =
                !suspensions.isEmpty()
                        && account.account().grants().stream().anyMatch(this::suspended);
        return some
                ? account.withGrants(
                                account.account().grants().stream()
                                        .filter(grant -> !suspended(grant))
                                        .toList())
                        .account()
                : account.account();
    }

    private boolean suspended(Grant grant) {
        return findGrant(grant.id()).flatMap(this::findSuspension).isPresent();
    }

    /// Why a grant does not count; empty when it does.
    public Optional<Suspension> findSuspension(StoredGrant grant) {
        return suspensions.stream().filter(each -> each.covers(grant)).findFirst();
    }

    List<Suspension> suspensions() {
        return suspensions;
    }

    /// Whether there are grants that it suspends.
    boolean concerns(Suspension suspension) {
        return grants.values().stream().anyMatch(suspension::covers);
    }

    /// The accounts that the API manages, with all their grants, also those that do not count.
    public Collection<StoredAccount> stored() {
        return accounts.values();
    }

    public Optional<StoredAccount> findStored(String name) {
        return Optional.ofNullable(accounts.get(name));
    }

    public Optional<StoredGrant> findGrant(String id) {
        return Optional.ofNullable(grants.get(id));
    }

    /// In the order in which they were made.
    public List<Credential> credentialsOf(String accountId) {
        return credentialsByAccount.getOrDefault(accountId, Set.of()).stream()
                .map(credentials::get)
                .filter(java.util.Objects::nonNull)
                .sorted(Comparator.comparing(Credential::id))
                .toList();
    }

    public Collection<Credential> credentials() {
        return credentials.values();
    }

    public Optional<Credential> findCredential(String id) {
        return Optional.ofNullable(credentials.get(id));
    }

    /// The credential whose secret has this SHA-256.
    public Optional<Credential> findBySecret(String sha256) {
        return Optional.ofNullable(credentialsBySecret.get(sha256)).flatMap(this::findCredential);
    }

    /// The account's credential for a workload, live or not.
    Optional<Credential> findFederated(String accountId, String issuer, String subject) {
        return credentialsOf(accountId).stream()
                .filter(credential ->
                        credential.proof() instanceof Credential.Proof.Federated proof
                                && proof.issuer().equals(issuer)
                                && proof.subject().equals(subject))
                .findFirst();
    }

    @Override
    public Optional<Credential> findFederated(
            String accountId, Issuer issuer, String subject, Instant now) {
        return findFederated(accountId, issuer.name(), subject)
                .filter(credential -> credential.liveAt(now))
                .filter(credential ->
                        credential.proof() instanceof Credential.Proof.Federated proof
                                && proof.iss().equals(issuer.issuer())
                                && (proof.audience() == null
                                        || proof.audience().equals(issuer.audience())));
    }

    @Override
    public boolean revoked(
            String accountId, @Nullable String credentialId, String issuer, Instant issuedAt) {
        return findRevocation(accountId, credentialId, issuer, "", issuedAt).isPresent();
    }

    /// Notes that a credential proved its account just now; kept in batches.
    public void used(String credentialId, Instant at) {
        lastUsed.merge(credentialId, at, Directory::later);
        usedSinceFlush.merge(credentialId, at, Directory::later);
    }

    public Optional<Instant> lastUsed(String credentialId) {
        return Optional.ofNullable(lastUsed.get(credentialId));
    }

    /// What was used since the last call.
    Map<String, Instant> takeUsed() {
        Map<String, Instant> taken = new HashMap<>();
        usedSinceFlush
                .keySet()
                .forEach(id -> {
                    Instant at = usedSinceFlush.remove(id);
                    if (at != null) {
                        taken.put(id, at);
                    }
                });
        return taken;
    }

    /// Puts uses back that could not be kept.
    void giveBack(Map<String, Instant> taken) {
        taken.forEach((id, at) -> usedSinceFlush.merge(id, at, Directory::later));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
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
        Revocation ofToken = revokedTokens.get(tokenId);
        return ofToken != null
                ? Optional.of(ofToken)
                : revocations.stream()
                        .filter(revocation -> issuedAt.isBefore(revocation.before()))
                        .filter(revocation ->
                                switch (revocation.target()) {
                                    case Revocation.Target.Account(String id) ->
                                            id.equals(accountId);
                                    case Revocation.Target.Credential(String id) ->
                                            id.equals(credentialId);
                                    case Revocation.Target.Issuer(String name) ->
                                            name.equals(issuer);
                                    case Revocation.Target.Token _ -> false;
                                    case Revocation.Target.Everything() -> true;
                                })
                        .findFirst();
    }

    /// Oldest first.
    public List<Revocation> revocations() {
        List<Revocation> all = new ArrayList<>(revocations);
        all.addAll(revokedTokens.values());
        all.sort(Comparator.comparing(Revocation::id));
        return all;
    }

    /// Whether client assertions of the account may name the token endpoint as their audience.
    public boolean legacyAudience(String accountName) {
        return declared.get().find(accountName).isEmpty()
                && findStored(accountName).map(StoredAccount::legacyAudience).orElse(false);
    }

    void put(StoredAccount account) {
        accounts.put(account.name(), account);
    }

    void remove(StoredAccount account) {
        accounts.remove(account.name());
        account.account().grants().forEach(grant -> grants.remove(grant.id()));
        credentialsOf(account.id()).forEach(this::remove);
        credentialsByAccount.remove(account.id());
    }

    void put(Credential credential) {
        credentials.put(credential.id(), credential);
        credentialsByAccount
                .computeIfAbsent(credential.accountId(), _ -> ConcurrentHashMap.newKeySet())
                .add(credential.id());
        if (credential.proof() instanceof Credential.Proof.Secret(String sha256)) {
            credentialsBySecret.put(sha256, credential.id());
        }
    }

    void remove(Credential credential) {
        credentials.remove(credential.id());
        lastUsed.remove(credential.id());
        credentialsByAccount.getOrDefault(credential.accountId(), Set.of()).remove(credential.id());
        if (credential.proof() instanceof Credential.Proof.Secret(String sha256)) {
            credentialsBySecret.remove(sha256);
        }
    }

    void put(StoredGrant grant) {
        grants.put(grant.grant().id(), grant);
    }

    void remove(StoredGrant grant) {
        grants.remove(grant.grant().id());
    }

    void put(Suspension suspension) {
        suspensions.add(suspension);
    }

    void remove(Suspension suspension) {
        suspensions.remove(suspension);
    }

    void put(Revocation revocation) {
        if (revocation.target() instanceof Revocation.Target.Token(String id)) {
            revokedTokens.put(id, revocation);
        } else {
            revocations.add(revocation);
        }
    }

    void dropRevocationsBefore(Instant moment) {
        revocations.removeIf(revocation -> revocation.createdAt().isBefore(moment));
        revokedTokens.values().removeIf(revocation -> revocation.createdAt().isBefore(moment));
    }
}
