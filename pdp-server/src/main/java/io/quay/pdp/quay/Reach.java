package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityRef;

/// A further object that an operation acts on, beside its primary resource.
public record Reach(EntityRef object, Need need) {
    /// What the object needs for the operation to be allowed.
    public enum Need {
        /// A permit on the object too.
        PERMIT,
        /// No forbid on the object; no permit is needed.
        NO_FORBID,
        /// A permit on the object (the Registry), unless ids are known to belong to the path's
        /// repository.
        BINDING
    }

    /// An object that the operation surely has, and the caller did not name.
    static Reach unnamed(String type, Need need) {
        return new Reach(new EntityRef(type, ""), need);
    }

    public boolean named() {
        return !object.id().isEmpty();
    }
}
