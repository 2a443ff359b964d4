package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Creating, replacing and deleting accounts. The caller holds the lock of [Administration].
final class AccountChanges {
    private final Gate gate;
    private final Journal journal;
    private final Directory directory;
    private final Ceilings ceilings;
    private final Names names;
    private final Lockout lockout;

    AccountChanges(
            Gate gate,
            Journal journal,
            Directory directory,
            Ceilings ceilings,
            Names names,
            Lockout lockout) {
        this.gate = gate;
        this.journal = journal;
        this.directory = directory;
        this.ceilings = ceilings;
        this.names = names;
        this.lockout = lockout;
    }

    Write.Done<StoredAccount> create(Caller caller, AccountSpec spec, Write write) {
        LiveView view = gate.view();
        List<String> policies = gate.require(caller, view, "createServiceAccount", home(spec));
        Optional<String> earlier = journal.findCreated(caller, write);
        if (earlier.isPresent()) {
            return new Write.Done<>(existing(caller, view, earlier.get()), false);
        }
        AccountRules.check(spec, view);
        names.requireFree(spec.name(), view, gate.authority(caller, view));
        StoredAccount account = fresh(caller, spec, gate.authority(caller, view));
        gate.requireHeld(caller, view, null, account.account(), "createServiceAccount");
        if (!write.dryRun()) {
            AccountName name =
                    new AccountName(
                            spec.name(),
                            AccountName.Origin.API,
                            account.id(),
                            account.updatedAt(),
                            null);
            Event event =
                    journal.event(
                            caller,
                            Event.Kind.ACCOUNT_CREATED,
                            spec.name(),
                            null,
                            policies,
                            AccountRules.describe(account));
            journal.create(
                    caller,
                    write,
                    account.id(),
                    event,
                    tables -> {
                        tables.names().insert(name);
                        tables.accounts().insert(account);
                    });
            names.taken(spec.name());
            directory.put(account);
        }
        return new Write.Done<>(account, true);
    }

    static RefusedException absent() {
        return new RefusedException(Refusal.STALE, "there is no such account to replace");
    }

    /// What is said of an account that the caller may not see: as of one that is not there, as far
    /// as the caller could tell.
    RefusedException asIfAbsent(Caller caller, AccountSpec spec, Write write) {
        if (write.revision() != null) {
            return absent();
        }
        gate.require(caller, gate.view(), "createServiceAccount", home(spec));
        return Gate.noSuchAccount(spec.name());
    }

    private StoredAccount existing(Caller caller, LiveView view, String id) {
        return directory.stored().stream()
                .filter(account -> account.id().equals(id))
                .filter(account ->
                        gate.allows(caller, view, "readServiceAccount", account.account().entity()))
                .findFirst()
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.CONFLICT,
                                "the account that this Idempotency-Key made is not there for you any more"));
    }

    private static EntityRef home(AccountSpec spec) {
        return spec.owner() == null ? EntityRef.registry() : EntityRef.organization(spec.owner());
    }

    private StoredAccount fresh(
            Caller caller, AccountSpec spec, StoredAccount.Authority authority) {
        Instant now = journal.now();
        ServiceAccount account =
                AccountRules.account(
                        journal.newId("sa_"), spec, spec.enabledAfter(true), now, List.of());
        return new StoredAccount(
                account,
                spec.displayName(),
                caller.name(),
                now,
                1,
                account.enabled() && spec.expiresAt() == null ? null : authority,
                spec.legacyAudience());
    }

    StoredAccount replace(Caller caller, StoredAccount current, AccountSpec spec, Write write) {
        LiveView view = gate.view();
        AccountRules.check(spec, view);
        EntityRef entity = current.account().entity();
        List<String> policies =
                new ArrayList<>(gate.require(caller, view, "updateServiceAccount", entity));
        if (!home(spec).equals(homeOf(current))) {
            policies.addAll(gate.require(caller, view, "createServiceAccount", home(spec)));
        }
        refuseStale(current, write);
        StoredAccount.Authority authority = gate.authority(caller, view);
        requireAuthorityToEnable(current, spec, authority);
        StoredAccount changed = changed(current, spec, authority);
        if (!changed.account().enabled() && current.account().enabled()) {
            lockout.refuseToDisable(current, view);
        }
        ServiceAccount had = had(current.account(), changed.account());
        gate.requireHeld(caller, view, had, changed.account(), "updateServiceAccount");
        gate.requireNotOpened(caller, view, current.account(), changed.account());
        if (!write.dryRun()) {
            List<Credential> capped =
                    ceilings.forChange(view, current.account(), had, changed.account());
            Event event =
                    journal.event(
                            caller,
                            Event.Kind.ACCOUNT_UPDATED,
                            current.name(),
                            null,
                            policies,
                            AccountRules.differences(current, changed));
            journal.keep(
                    event,
                    tables -> {
                        if (!tables.accounts().replace(changed, current.revision())) {
                            throw stale();
                        }
                        capped.forEach(tables.credentials()::update);
                    });
            directory.put(changed);
            capped.forEach(directory::put);
        }
        return changed;
    }

    private static EntityRef homeOf(StoredAccount account) {
        String owner = account.account().owner();
        return owner == null ? EntityRef.registry() : EntityRef.organization(owner);
    }

    /// What the account could do before, in the sense of a change: nothing when it could not act
    /// then and can now, or can for longer. What cannot act after the change is measured when it is
    /// enabled.
    private @Nullable ServiceAccount had(ServiceAccount before, ServiceAccount after) {
        if (!after.usableAt(gate.now())) {
            return before;
        }
        boolean longer = endsLater(before.expiresAt(), after.expiresAt());
        return before.usableAt(gate.now()) && !longer ? before : null;
    }

    private static boolean endsLater(@Nullable Instant end, @Nullable Instant newEnd) {
        return end != null && (newEnd == null || newEnd.isAfter(end));
    }

    private static void requireAuthorityToEnable(
            StoredAccount current, AccountSpec spec, StoredAccount.Authority authority) {
        boolean enables = spec.enabledAfter(false) && !current.account().enabled();
        if (enables && current.name().equals(Bootstrap.NAME)) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "the bootstrap account ended when another administrator was at work: `pdp bootstrap reset` on the server makes it anew");
        }
        StoredAccount.Authority needed = current.disabledBy();
        boolean frees = enables || endsLater(current.account().expiresAt(), spec.expiresAt());
        if (frees && needed != null && needed.compareTo(authority) > 0) {
            throw new RefusedException(
                    Refusal.FORBIDDEN,
                    "`"
                            + current.name()
                            + "` was disabled, or given its end, by an administrator of the whole registry: only such a one may enable or prolong it");
        }
    }

    private StoredAccount changed(
            StoredAccount current, AccountSpec spec, StoredAccount.Authority authority) {
        ServiceAccount before = current.account();
        boolean enabled = spec.enabledAfter(before.enabled());
        boolean restricts =
                (before.enabled() && !enabled)
                        || (spec.expiresAt() != null
                                && !spec.expiresAt().equals(before.expiresAt()));
        boolean free = enabled && spec.expiresAt() == null;
        StoredAccount.Authority kept =
                restricts ? higher(current.disabledBy(), authority) : current.disabledBy();
        StoredAccount.Authority disabledBy = free ? null : kept;
        Instant created = before.createdAt();
        return new StoredAccount(
                AccountRules.account(
                        before.id(),
                        spec,
                        enabled,
                        created == null ? current.updatedAt() : created,
                        before.grants()),
                spec.displayName(),
                current.createdBy(),
                journal.now(),
                current.revision() + 1,
                disabledBy,
                spec.legacyAudience());
    }

    private static StoredAccount.Authority higher(
            StoredAccount.@Nullable Authority one, StoredAccount.Authority other) {
        return one == null || other.compareTo(one) > 0 ? other : one;
    }

    void delete(Caller caller, StoredAccount account, Write write) {
        LiveView view = gate.view();
        List<String> policies =
                gate.require(caller, view, "deleteServiceAccount", account.account().entity());
        refuseStale(account, write);
        lockout.refuseToDisable(account, view);
        if (write.dryRun()) {
            return;
        }
        Instant now = journal.now();
        Map<String, String> details = new LinkedHashMap<>(AccountRules.describe(account));
        details.put("id", account.id());
        journal.keep(
                journal.event(
                        caller,
                        Event.Kind.ACCOUNT_DELETED,
                        account.name(),
                        null,
                        policies,
                        details),
                tables -> {
                    tables.accounts().delete(account.id());
                    tables.names().retire(account.name(), AccountName.Origin.API, now);
                });
        directory.remove(account);
    }

    private static void refuseStale(StoredAccount current, Write write) {
        if (write.revision() != null && write.revision() != current.revision()) {
            throw stale();
        }
    }

    static RefusedException stale() {
        return new RefusedException(
                Refusal.STALE, "it was changed since you read it: read it again");
    }
}
