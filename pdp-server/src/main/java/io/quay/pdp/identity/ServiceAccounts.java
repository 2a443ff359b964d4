package io.quay.pdp.identity;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The port to the service accounts and groups that exist now.
public interface ServiceAccounts {
    Optional<ServiceAccount> find(String name);

    Optional<Group> findGroup(String name);

    Collection<ServiceAccount> all();

    static ServiceAccounts none() {
        return new ServiceAccounts() {
            @Override
            public Optional<ServiceAccount> find(String name) {
                return Optional.empty();
            }

            @Override
            public Optional<Group> findGroup(String name) {
                return Optional.empty();
            }

            @Override
            public Collection<ServiceAccount> all() {
                return List.of();
            }
        };
    }
}
