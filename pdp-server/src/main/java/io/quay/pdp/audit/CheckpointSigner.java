package io.quay.pdp.audit;

/// The port to the key that signs checkpoints: ES256, used for nothing else. Implementations are
/// safe for use by any number of threads.
public interface CheckpointSigner {
    /// The checkpoint as a compact JWS (RFC 7515 §7.1).
    String sign(Checkpoint checkpoint);
}
