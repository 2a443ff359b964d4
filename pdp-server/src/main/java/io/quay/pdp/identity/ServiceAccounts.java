package io.quay.pdp.identity;

import java.util.Collection;
import java.util.Optional;

/// The port to the service accounts and groups that exist now.
public interface ServiceAccounts {
    Optional<ServiceAccount> find(String name);

    Optional<Group> findGroup(String name);

    Collection<ServiceAccount> all();
}
