package io.quay.pdp.federation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The last good keys of issuers, kept so that a restart during an issuer's outage does not lose
/// them. Implementations may be used by any number of threads, and throw an unchecked exception
/// when nothing can be kept or read.
public interface KeptKeys {
    /// Keeps nothing: for commands, which live shorter than any outage.
    KeptKeys NONE =
            new KeptKeys() {
                @Override
                public Optional<Kept> find(String issuer) {
                    return Optional.empty();
                }

                @Override
                public void keep(Kept kept) {}

                @Override
                public void aged(String issuer, Duration age) {}
            };

    /// @param issuer its name in `issuers.yaml`
    Optional<Kept> find(String issuer);

    /// Replaces what was kept of this issuer. Durable when this returns.
    void keep(Kept kept);

    /// Moves `seenAt` of what is kept of this issuer forward to this age, never back.
    void aged(String issuer, Duration age);

    /// @param issuer its name in `issuers.yaml`
    /// @param source where the keys came from; of another source they are not the issuer's keys
    /// @param document as it was published
    /// @param fetchedAt when it was published there for certain
    /// @param seenAt the latest moment that is known to have come since: at an earlier one a clock
    ///   has been set back
    record Kept(String issuer, String source, String document, Instant fetchedAt, Instant seenAt) {}
}
