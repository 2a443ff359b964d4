package io.quay.pdp.token;

import io.quay.pdp.identity.ServiceAccount;

/// Whether the user that Quay takes an account's token for is the account's own. Implementations
/// are safe for use by any number of threads.
@FunctionalInterface
public interface QuayUsers {
    /// Where no Quay is configured nothing can be checked.
    QuayUsers UNCHECKED = _ -> new Standing.Own();

    /// What Quay said of it.
    sealed interface Standing {
        record Own() implements Standing {}

        /// @param message what was found; no secret
        record Another(String message) implements Standing {}

        /// @param message why Quay did not say
        record Unknown(String message) implements Standing {}
    }

    /// Asks Quay now.
    Standing of(ServiceAccount account);
}
