package io.quay.pdp.audit;

import java.util.Optional;

/// The port to the public half of the key that signs checkpoints.
public interface CheckpointVerifier {
    /// What a compact JWS states that our key signed; empty for every other text.
    Optional<Checkpoint> findCheckpoint(String signed);
}
