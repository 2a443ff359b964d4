package io.quay.pdp.cedar;

/// The native engine threw or could not be reached.
final class CedarException extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    CedarException(Throwable cause) {
        super(cause.getClass().getSimpleName(), cause);
    }

    CedarException(String message) {
        super(message);
    }
}
