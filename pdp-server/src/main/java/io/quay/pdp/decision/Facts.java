package io.quay.pdp.decision;

import io.quay.pdp.identity.Value;
import java.util.Map;
import java.util.Set;

/// What an [AttributeSource] says of one object. Immutable.
///
/// @param attributes what the object has
/// @param settled names of attributes on which the source has the word: one of these that is not
///   among `attributes` the object does not have
public record Facts(Map<String, Value> attributes, Set<String> settled) {
    public Facts {
        attributes = Map.copyOf(attributes);
        settled = Set.copyOf(settled);
    }
}
