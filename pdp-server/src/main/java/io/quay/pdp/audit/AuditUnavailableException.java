package io.quay.pdp.audit;

import java.io.Serial;

/// A record could not be kept.
public final class AuditUnavailableException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    public AuditUnavailableException(String message) {
        super(message);
    }

    public AuditUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
