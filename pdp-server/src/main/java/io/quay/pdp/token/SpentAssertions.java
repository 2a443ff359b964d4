package io.quay.pdp.token;

import java.time.Instant;
import java.util.List;

/// The port to the client assertions and workload tokens that were used before this process
/// started.
public interface SpentAssertions {
    /// Those that could still be used after the moment, but for their uses.
    List<Used> since(Instant moment);

    /// @param hash SHA-256 of what it is known by, in hex
    /// @param until it cannot be used from then on anyway
    /// @param uses how often it was used
    record Used(String hash, Instant until, int uses) {}
}
