package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The names that were ever an account's, through the API or in Git. Names are for ever: who reads
/// of `svc-x` in a log or a policy must never mean another account than was meant.
///
/// Guarded by the lock of [Administration].
final class Names {
    private final Store store;
    private final Set<String> reserved;
    private final Map<String, AccountName> declared = new HashMap<>();
    private final Set<String> made = new HashSet<>();

    /// @param reserved names that only Git can declare
    Names(Store store, Set<String> reserved) {
        this.store = store;
        this.reserved = Set.copyOf(reserved);
    }

    void load() {
        store.transact(tables -> {
            tables.names().all().forEach(this::note);
            return null;
        });
    }

    private void note(AccountName name) {
        switch (name.origin()) {
            case GIT -> declared.put(name.name(), name);
            case API -> made.add(name.name());
        }
    }

    /// Notes which accounts Git declares now, so that their names stay theirs when it no longer
    /// does.
    ///
    /// @return the accounts that Git declared until now
    List<AccountName> sync(Collection<ServiceAccount> inGit, Instant now) {
        Map<String, ServiceAccount> present = new HashMap<>();
        inGit.forEach(account -> present.put(account.name(), account));
        Map<String, AccountName> changed = new HashMap<>();
        List<AccountName> gone = new ArrayList<>();
        store.transact(tables -> {
            present.forEach((name, account) -> {
                AccountName known = declared.get(name);
                if (known == null) {
                    AccountName fresh =
                            new AccountName(name, AccountName.Origin.GIT, account.id(), now, null);
                    tables.names().insert(fresh);
                    changed.put(name, fresh);
                } else if (known.retiredAt() != null) {
                    tables.names().retire(name, AccountName.Origin.GIT, null);
                    changed.put(
                            name,
                            new AccountName(
                                    name, known.origin(), known.accountId(), known.since(), null));
                }
            });
            declared.values().stream()
                    .filter(known -> known.retiredAt() == null)
                    .filter(known -> !present.containsKey(known.name()))
                    .forEach(known -> {
                        tables.names().retire(known.name(), AccountName.Origin.GIT, now);
                        gone.add(known);
                        changed.put(
                                known.name(),
                                new AccountName(
                                        known.name(),
                                        known.origin(),
                                        known.accountId(),
                                        known.since(),
                                        now));
                    });
            return null;
        });
        declared.putAll(changed);
        return gone;
    }

    void requireFree(String name, LiveView view, StoredAccount.Authority authority) {
        if (name.equals(Bootstrap.NAME)) {
            throw new RefusedException(Refusal.NAME_TAKEN, "the name `" + name + "` is reserved");
        }
        if (reserved.contains(name)) {
            throw new RefusedException(
                    Refusal.NAME_TAKEN,
                    "the name `"
                            + name
                            + "` is reserved for a superuser of Quay (`quay.superusers`): declare"
                            + " the account in accounts.yaml");
        }
        if (view.snapshot().accounts().find(name).isPresent()) {
            throw new RefusedException(
                    Refusal.DECLARED_IN_GIT, "`" + name + "` is declared in accounts.yaml");
        }
        if (made.contains(name) || declared.containsKey(name)) {
            throw new RefusedException(
                    Refusal.NAME_TAKEN,
                    "the name `" + name + "` is or was an account's: names are never used again");
        }
        if (view.mentions(name) && authority != StoredAccount.Authority.REGISTRY) {
            throw new RefusedException(
                    Refusal.FORBIDDEN,
                    "policies mention the name `"
                            + name
                            + "`: only an administrator of the whole registry may create it");
        }
    }

    /// After the commit.
    void taken(String name) {
        made.add(name);
    }
}
