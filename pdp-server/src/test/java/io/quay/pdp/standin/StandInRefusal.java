package io.quay.pdp.standin;

/// An answer of the stand-in that refuses.
final class StandInRefusal extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    final int status;

    StandInRefusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }
}
