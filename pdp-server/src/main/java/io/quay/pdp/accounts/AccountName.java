package io.quay.pdp.accounts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A name that was ever an account's. Names are for ever: the row stays when the account goes.
///
/// @param accountId stable; what Quay sees as `sub`
/// @param retiredAt when the account was deleted, or vanished from Git; null while it exists
public record AccountName(
        String name, Origin origin, String accountId, Instant since, @Nullable Instant retiredAt) {
    /// Where an account is declared.
    public enum Origin {
        API,
        GIT
    }
}
