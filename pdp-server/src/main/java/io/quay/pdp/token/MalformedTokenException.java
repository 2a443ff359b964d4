package io.quay.pdp.token;

/// A token is refused for its form or its claims. The message holds no part of the token but names
/// of claims and headers.
public final class MalformedTokenException extends Exception {
    @java.io.Serial private static final long serialVersionUID = 1L;

    public MalformedTokenException(String message) {
        super(message, null, false, false);
    }
}
