package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;

/// Where attributes of objects come from that nobody supplied. It is asked only about what a policy
/// reads that may settle the request. Implementations are safe for use by any number of threads and
/// hold the caller up no longer than their time limits allow.
public interface AttributeSource {
    /// What it says of an object.
    sealed interface Answer {
        record Told(Facts facts) implements Answer {}

        /// It could not be learned.
        ///
        /// @param why for people; holds no secret
        record Untold(String why) implements Answer {}
    }

    /// @param principal for whose request
    Answer ask(EntityRef principal, EntityRef object);
}
