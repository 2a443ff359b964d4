package io.quay.pdp.store;

import java.io.Serial;

/// The database could not be opened, read or written.
public final class StoreException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    StoreException(String message) {
        super(message);
    }

    StoreException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
