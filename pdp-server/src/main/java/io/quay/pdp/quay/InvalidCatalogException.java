package io.quay.pdp.quay;

/// The catalog's file is not one: the message names the row and the field.
public final class InvalidCatalogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidCatalogException(String message) {
        super(message);
    }
}
