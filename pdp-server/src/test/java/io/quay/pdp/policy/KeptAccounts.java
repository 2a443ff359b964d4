package io.quay.pdp.policy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.OtherAccounts;
import io.quay.pdp.identity.ServiceAccount;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Accounts made by the API, in memory. Safe for use by any number of threads.
public final class KeptAccounts implements OtherAccounts {
    private final Map<String, ServiceAccount> accounts = new ConcurrentHashMap<>();

    public KeptAccounts with(ServiceAccount account) {
        accounts.put(account.name(), account);
        return this;
    }

    public void remove(String name) {
        accounts.remove(name);
    }

    @Override
    public Optional<ServiceAccount> find(String name) {
        return Optional.ofNullable(accounts.get(name));
    }

    @Override
    public Collection<ServiceAccount> all() {
        return List.copyOf(accounts.values());
    }

    /// An enabled account of the platform.
    public static ServiceAccount account(String name, Grant... grants) {
        return new ServiceAccount(
                "id-" + name,
                name,
                "",
                null,
                Set.of(),
                Map.of(),
                true,
                java.time.Instant.parse("2026-01-01T00:00:00Z"),
                null,
                List.of(grants));
    }

    public static Grant grant(String id, String role, EntityRef resource) {
        return new Grant(id, role, resource, null);
    }
}
