package io.quay.pdp.standin;

/// An answer of the stand-in that refuses.
final class StandInRefusal extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    /// The status of an answer that never comes.
    static final int NO_ANSWER = 0;

    final int status;

    StandInRefusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }
}
