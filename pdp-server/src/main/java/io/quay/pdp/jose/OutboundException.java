package io.quay.pdp.jose;

/// A request of ours got no usable answer. The message is for operators and holds nothing of the
/// request or the answer.
public final class OutboundException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    OutboundException(String message) {
        this(message, 0);
    }

    /// @param status of the answer; 0 = none came
    OutboundException(String message, int status) {
        super(message, null, false, false);
        this.status = status;
    }

    /// Whether the other side asked for a credential, or for another one.
    boolean credentialWanted() {
        return status == 401 || status == 403;
    }

    int status() {
        return status;
    }
}
