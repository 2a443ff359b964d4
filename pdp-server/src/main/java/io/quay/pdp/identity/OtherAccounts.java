package io.quay.pdp.identity;

import java.util.Collection;
import java.util.Optional;

/// The port to the accounts that are not declared in Git, each with its grants. Implementations are
/// safe for use by any number of threads.
public interface OtherAccounts {
    Optional<ServiceAccount> find(String name);

    Collection<ServiceAccount> all();
}
