package io.quay.pdp.audit;

import java.time.Instant;
import java.util.Optional;

/// The port to where the key that signs checkpoints is kept. Implementations are safe for use by
/// any number of threads.
public interface CheckpointKeys {
    /// @param sealedPrivate the private half, encrypted under the key-encryption key
    record Kept(String publicJwk, String sealedPrivate, Instant createdAt) {}

    Optional<Kept> find();

    /// Keeps the first and only key.
    void keep(Kept key);
}
