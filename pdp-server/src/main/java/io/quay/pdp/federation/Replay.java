package io.quay.pdp.federation;

/// How often one workload token may be exchanged. An issuer whose uses are counted cannot have its
/// tokens shown at `/authorize` directly.
public sealed interface Replay {
    Replay OFF = new Off();
    Replay ONE_TIME = new Uses(1);

    /// As often as its lifetime allows: for tokens that a platform keeps in a file for hours.
    record Off() implements Replay {}

    /// @param max at least 1
    record Uses(int max) implements Replay {
        public Uses {
            if (max < 1) {
                throw new IllegalArgumentException("at least one use: " + max);
            }
        }
    }
}
