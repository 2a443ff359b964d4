package io.quay.pdp.policy;

import io.quay.pdp.identity.Group;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// The service accounts and groups of `accounts.yaml`. Immutable.
record DeclaredAccounts(Map<String, ServiceAccount> accounts, Map<String, Group> groups)
        implements ServiceAccounts {
    DeclaredAccounts {
        accounts = Map.copyOf(accounts);
        groups = Map.copyOf(groups);
    }

    @Override
    public Optional<ServiceAccount> find(String name) {
        return Optional.ofNullable(accounts.get(name));
    }

    @Override
    public Optional<Group> findGroup(String name) {
        return Optional.ofNullable(groups.get(name));
    }

    @Override
    public Collection<ServiceAccount> all() {
        return accounts.values();
    }
}
