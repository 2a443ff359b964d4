package io.quay.pdp.quay;

/// A typed parameter of an operation.
///
/// @param name as policies see it under `context.parameters`
/// @param wireName as the request spells it
public record Parameter(String name, String wireName, Place place, Type type) {
    public enum Place {
        PATH,
        QUERY,
        BODY
    }

    public enum Type {
        STRING,
        BOOLEAN,
        LONG
    }
}
