package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every change to accounts, credentials, grants and revocations, and every look at them, each
/// decided by the `admin` policies for its caller. Changes are made one at a time, so that none is
/// decided on what another is changing. Safe for use by any number of threads.
///
/// Every method throws [RefusedException] for what the caller did wrong or may not do.
public final class Administration {
    private static final Logger LOG = LoggerFactory.getLogger(Administration.class);

    /// A credential with its last use.
    public record SeenCredential(Credential credential, @Nullable Instant lastUsedAt) {}

    /// What it works on.
    ///
    /// @param known keys that no account may have
    /// @param reserved names of accounts that only Git can declare
    public record Ports(
            Store store, EventLog events, KeyParser keys, KnownKeys known, Set<String> reserved) {
        public Ports {
            reserved = Set.copyOf(reserved);
        }

        /// Without reserved names.
        public Ports(Store store, EventLog events, KeyParser keys, KnownKeys known) {
            this(store, events, keys, known, Set.of());
        }
    }

    /// @param usual how long credentials live when nothing is asked for
    /// @param longest the most that can be asked for
    public record CredentialLifetimes(Duration usual, Duration longest) {}

    public record Sources(DecisionIds ids, SecureRandom random, Clock clock) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Gate gate;
    private final Journal journal;
    private final Directory directory;
    private final Bootstrap bootstrap;
    private final Names names;
    private final AccountViews views;
    private final AccountChanges accounts;
    private final CredentialChanges credentials;
    private final GrantChanges grants;
    private final RevocationChanges revocations;

    public Administration(
            Supplier<LiveView> policies,
            Directory directory,
            Bootstrap bootstrap,
            Ports ports,
            CredentialLifetimes lifetimes,
            Sources sources) {
        Clock clock = sources.clock();
        this.directory = directory;
        this.bootstrap = bootstrap;
        this.gate = new Gate(policies, ports.events(), sources.ids(), clock);
        this.journal = new Journal(ports.store(), sources.ids(), clock);
        this.names = new Names(ports.store(), ports.reserved());
        this.views = new AccountViews(gate, directory);
        Ceilings ceilings = new Ceilings(directory, clock);
        this.accounts =
                new AccountChanges(
                        gate, journal, directory, ceilings, names, new Lockout(directory, clock));
        this.credentials =
                new CredentialChanges(
                        gate,
                        journal,
                        directory,
                        new CredentialMaker(
                                directory, ports.keys(), ports.known(), sources.random()),
                        new Lifetimes(lifetimes.usual(), lifetimes.longest(), clock));
        this.grants = new GrantChanges(gate, journal, directory, ceilings);
        this.revocations = new RevocationChanges(gate, journal, directory, credentials);
    }

    /// Reads the names that were ever used.
    public void load() {
        names.load();
    }

    /// Makes one change at a time. The bootstrap account ends with the first change that another
    /// administrator of the whole registry makes.
    private <T extends @Nullable Object> T change(Caller caller, Write write, Supplier<T> change) {
        lock.lock();
        try {
            T result = change.get();
            if (!write.dryRun() && !caller.name().equals(Bootstrap.NAME)) {
                retireBootstrap(caller);
            }
            return result;
        } finally {
            lock.unlock();
        }
    }

    private void retireBootstrap(Caller caller) {
        boolean enabled =
                directory
                        .findStored(Bootstrap.NAME)
                        .map(account -> account.account().enabled())
                        .orElse(false);
        if (enabled && gate.authority(caller, gate.view()) == StoredAccount.Authority.REGISTRY) {
            try {
                bootstrap.retire(caller);
            } catch (Store.StorageException e) {
                LOG.atWarn().setCause(e).log("the bootstrap account could not be disabled");
            }
        }
    }

    /// Notes the accounts that Git declares now, so that their names stay theirs.
    public void declaredInGit(Collection<ServiceAccount> declared) {
        lock.lock();
        try {
            new GitChanges(names, journal, directory).apply(declared);
        } finally {
            lock.unlock();
        }
    }

    /// The first `limit` accounts behind `after` in the order of their names that match and that
    /// the caller may read.
    public List<AccountView> list(
            Caller caller, AccountFilter filter, @Nullable String after, int limit) {
        return views.list(caller, filter, after, limit);
    }

    public AccountView get(Caller caller, String name) {
        return views.get(caller, name);
    }

    public Write.Done<AccountView> create(Caller caller, AccountSpec spec, Write write) {
        return change(caller, write, () -> seen(accounts.create(caller, spec, write)));
    }

    private Write.Done<AccountView> seen(Write.Done<StoredAccount> done) {
        return new Write.Done<>(views.ofApi(done.value(), gate.view()), done.fresh());
    }

    /// Replaces the account, or creates it when there is none: fresh then.
    public Write.Done<AccountView> replace(
            Caller caller, String name, AccountSpec spec, Write write) {
        return change(
                caller,
                write,
                () -> {
                    if (hidden(caller, name)) {
                        throw accounts.asIfAbsent(caller, spec, write);
                    }
                    Optional<StoredAccount> current = changeable(caller, name);
                    if (current.isEmpty()) {
                        if (write.revision() != null) {
                            throw AccountChanges.absent();
                        }
                        return seen(accounts.create(caller, spec, write));
                    }
                    StoredAccount changed = accounts.replace(caller, current.get(), spec, write);
                    return new Write.Done<>(views.ofApi(changed, gate.view()), false);
                });
    }

    /// Whether there is an account of this name that the caller may not see: as if it were not
    /// there.
    private boolean hidden(Caller caller, String name) {
        LiveView view = gate.view();
        return view.accounts()
                .find(name)
                .filter(account -> !views.mayRead(caller, view, account))
                .isPresent();
    }

    /// The account of this name if the API manages it; empty when there is none at all.
    private Optional<StoredAccount> changeable(Caller caller, String name) {
        LiveView view = gate.view();
        Optional<ServiceAccount> declared = view.snapshot().accounts().find(name);
        if (declared.isPresent()) {
            throw views.mayRead(caller, view, declared.get())
                    ? new RefusedException(
                            Refusal.DECLARED_IN_GIT,
                            "`" + name + "` is declared in accounts.yaml and changed there")
                    : Gate.noSuchAccount(name);
        }
        return directory.findStored(name);
    }

    private StoredAccount stored(Caller caller, String name) {
        return changeable(caller, name).orElseThrow(() -> Gate.noSuchAccount(name));
    }

    public void delete(Caller caller, String name, Write write) {
        change(
                caller,
                write,
                () -> {
                    accounts.delete(caller, stored(caller, name), write);
                    return null;
                });
    }

    public List<SeenCredential> credentials(Caller caller, String name) {
        return directory.credentialsOf(openTo(caller, name, "readCredential").id()).stream()
                .map(this::seen)
                .toList();
    }

    private ServiceAccount openTo(Caller caller, String name, String action) {
        LiveView view = gate.view();
        ServiceAccount account = AccountViews.present(view, name);
        gate.require(caller, view, action, account.entity());
        return account;
    }

    private SeenCredential seen(Credential credential) {
        return new SeenCredential(credential, directory.lastUsed(credential.id()).orElse(null));
    }

    public SeenCredential credential(Caller caller, String name, String id) {
        return seen(credentials.find(openTo(caller, name, "readCredential"), id));
    }

    public Write.Done<NewCredential> createCredential(
            Caller caller, String name, CredentialSpec spec, Write write) {
        return change(
                caller,
                write,
                () ->
                        credentials.create(
                                caller, AccountViews.present(gate.view(), name), spec, write));
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
        Rotation rotation = new Rotation(overlap, spec);
        return change(
                caller,
                write,
                () ->
                        credentials.rotate(
                                caller,
                                AccountViews.present(gate.view(), name),
                                id,
                                rotation,
                                write));
    }

    public void deleteCredential(Caller caller, String name, String id, Write write) {
        change(
                caller,
                write,
                () -> {
                    credentials.delete(caller, AccountViews.present(gate.view(), name), id, write);
                    return null;
                });
    }

    public List<StoredGrant> grants(Caller caller, String name) {
        return openTo(caller, name, "readGrant").grants().stream()
                .map(grant -> directory.findGrant(grant.id()))
                .flatMap(Optional::stream)
                .toList();
    }

    /// Why a grant that the caller was shown does not count now.
    public Optional<Suspension> findSuspension(StoredGrant grant) {
        return directory.findSuspension(grant);
    }

    public StoredGrant grant(Caller caller, String name, String id) {
        openTo(caller, name, "readGrant");
        return grants.find(stored(caller, name), id);
    }

    public Write.Done<StoredGrant> createGrant(
            Caller caller, String name, GrantSpec spec, Write write) {
        return change(
                caller, write, () -> grants.create(caller, stored(caller, name), spec, write));
    }

    public void deleteGrant(Caller caller, String name, String id, Write write) {
        change(
                caller,
                write,
                () -> {
                    grants.delete(caller, stored(caller, name), id, write);
                    return null;
                });
    }

    /// @param before null = now; never in the future
    public Write.Done<Revocation> revoke(
            Caller caller, RevocationSpec spec, @Nullable Instant before, Write write) {
        return change(caller, write, () -> revocations.revoke(caller, spec, before, write));
    }

    /// Those that the caller may see, oldest first.
    public List<Revocation> revocations(Caller caller, @Nullable String after, int limit) {
        return revocations.list(caller, after, limit);
    }

    /// Revokes one token for the client that it was issued to (RFC 7009 §2.1), which needs no
    /// permit.
    ///
    /// @param account the client's name
    public void revokeToken(
            String account,
            @Nullable String credential,
            String tokenId,
            @Nullable String requestId,
            @Nullable String sourceIp) {
        lock.lock();
        try {
            revocations.revokeToken(account, credential, tokenId, requestId, sourceIp);
        } finally {
            lock.unlock();
        }
    }

    /// Whether the caller may do this: for reads that other parts answer.
    ///
    /// @param action of `Pdp::Action`
    public boolean allows(Caller caller, String action, EntityRef resource) {
        return gate.allows(caller, gate.view(), action, resource);
    }

    /// As [#allows], but refuses and records the refusal.
    public void require(Caller caller, String action, EntityRef resource) {
        var _ = Objects.requireNonNull(gate.require(caller, gate.view(), action, resource));
    }
}
