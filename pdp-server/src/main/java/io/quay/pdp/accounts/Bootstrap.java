package io.quay.pdp.accounts;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The first administrator: an account like any other, made at the first start with a secret that
/// expires, and switched off when another administrator has shown that it can do the work.
public final class Bootstrap {
    public static final String NAME = "svc-bootstrap";
    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
    private static final String ACTOR = "pdp";

    private final Store store;
    private final Directory directory;
    private final DecisionIds ids;
    private final Clock clock;

    public Bootstrap(Store store, Directory directory, DecisionIds ids, Clock clock) {
        this.store = store;
        this.directory = directory;
        this.ids = ids;
        this.clock = clock;
    }

    /// Whether the account was ever made: a deleted one is not made again.
    public boolean exists() {
        return findName().isPresent();
    }

    private Optional<AccountName> findName() {
        return store.transact(tables ->
                tables.names().all().stream()
                        .filter(name -> name.name().equals(NAME))
                        .filter(name -> name.origin() == AccountName.Origin.API)
                        .findFirst());
    }

    /// Makes the account with this secret.
    ///
    /// @return when the secret expires
    public Instant make(String secret, Duration lifetime) {
        Instant now = now();
        StoredAccount account = account("sa_" + ids.next(), now, 1);
        Credential credential = credential(account, secret, now, lifetime);
        store.transact(tables -> {
            tables.names()
                    .insert(new AccountName(NAME, AccountName.Origin.API, account.id(), now, null));
            tables.accounts().insert(account);
            tables.credentials().insert(credential);
            tables.events().append(event(Event.Kind.BOOTSTRAP_CREATED, credential, Map.of()));
            return null;
        });
        directory.put(account);
        directory.put(credential);
        return now.plus(lifetime);
    }

    /// Replaces all credentials of the account by this secret and enables it; makes it when it was
    /// deleted.
    ///
    /// @return when the secret expires
    public Instant reset(String secret, Duration lifetime) {
        Optional<AccountName> name = findName();
        if (name.isEmpty()) {
            return make(secret, lifetime);
        }
        Optional<StoredAccount> present = directory.findStored(NAME);
        Instant now = now();
        StoredAccount account =
                present.map(old -> enabled(old, now))
                        .orElseGet(() -> account(name.get().accountId(), now, 1));
        Credential credential = credential(account, secret, now, lifetime);
        List<Credential> old = directory.credentialsOf(account.id());
        store.transact(tables -> {
            if (present.isPresent()) {
                tables.accounts().replace(account, present.get().revision());
            } else {
                tables.accounts().insert(account);
                tables.names().retire(NAME, AccountName.Origin.API, null);
            }
            old.forEach(each -> tables.credentials().delete(each.id()));
            tables.credentials().insert(credential);
            tables.events()
                    .append(
                            event(
                                    Event.Kind.BOOTSTRAP_CREATED,
                                    credential,
                                    Map.of("reset", "true")));
            return null;
        });
        old.forEach(directory::remove);
        directory.put(account);
        directory.put(credential);
        return now.plus(lifetime);
    }

    private static StoredAccount enabled(StoredAccount old, Instant now) {
        StoredAccount fresh = account(old.id(), now, old.revision() + 1);
        return fresh.withGrants(old.account().grants());
    }

    private static StoredAccount account(String id, Instant now, long revision) {
        ServiceAccount account =
                new ServiceAccount(
                        id,
                        NAME,
                        "the first administrator; ends when another one is at work",
                        null,
                        Set.of(),
                        Map.of(),
                        true,
                        now,
                        null,
                        List.of());
        return new StoredAccount(account, "Bootstrap", ACTOR, now, revision, null, false);
    }

    private Credential credential(
            StoredAccount account, String secret, Instant now, Duration lifetime) {
        return new Credential(
                "cred_" + ids.next(),
                account.id(),
                new Credential.Proof.Secret(ClientSecret.sha256Hex(secret)),
                ACTOR,
                now,
                now.plus(lifetime),
                null,
                null,
                true,
                null);
    }

    private Event event(
            Event.Kind kind, @Nullable Credential credential, Map<String, String> details) {
        return new Event(
                ids.next(),
                now(),
                kind,
                ACTOR,
                null,
                NAME,
                credential == null ? null : credential.id(),
                null,
                List.of(),
                null,
                null,
                details);
    }

    /// When the last live credential of the account ends; empty when nobody can use it.
    public Optional<Instant> activeUntil() {
        Instant now = clock.instant();
        return directory
                .findStored(NAME)
                .filter(account -> account.account().usableAt(now))
                .flatMap(account ->
                        directory.credentialsOf(account.id()).stream()
                                .filter(credential -> credential.liveAt(now))
                                .map(credential ->
                                        credential.expiresAt() == null
                                                ? Instant.MAX
                                                : credential.expiresAt())
                                .max(Instant::compareTo));
    }

    /// Says that the account can be used, as long as it can.
    void remind() {
        activeUntil()
                .ifPresent(end ->
                        LOG.atWarn()
                                .addKeyValue("account", NAME)
                                .addKeyValue("until", end)
                                .log(
                                        "the bootstrap credential is active: make another administrator, whose first change ends it"));
    }

    /// Switches the account off, because another administrator works. Called under the lock of
    /// [Administration].
    void retire(Caller successor) {
        StoredAccount account = directory.findStored(NAME).orElse(null);
        if (account == null || !account.account().enabled()) {
            return;
        }
        StoredAccount disabled = account.disabled(now());
        store.transact(tables -> {
            tables.accounts().replace(disabled, account.revision());
            tables.events()
                    .append(
                            event(
                                    Event.Kind.BOOTSTRAP_DISABLED,
                                    null,
                                    Map.of("administrator", successor.name())));
            return null;
        });
        directory.put(disabled);
        LOG.atInfo()
                .addKeyValue("account", NAME)
                .addKeyValue("administrator", successor.name())
                .log("the bootstrap account is disabled: another administrator is at work");
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
