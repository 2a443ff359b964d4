package io.quay.pdp.quay;

/// A request line in the one spelling that Quay may be asked with. Immutable.
///
/// @param target path and query; ASCII, with nothing that Quay's server could read in another way
/// @param slashAdded whether the client's spelling lacked the slash at the path's end, for which
///   Quay would only answer with a redirect to this target
public record CanonicalTarget(Operation operation, String target, boolean slashAdded) {}
