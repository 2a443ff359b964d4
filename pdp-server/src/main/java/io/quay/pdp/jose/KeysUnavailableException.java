package io.quay.pdp.jose;

/// An issuer's keys cannot be had now. The message is for operators and holds nothing of a token.
final class KeysUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    KeysUnavailableException(String message) {
        super(message, null, false, false);
    }
}
