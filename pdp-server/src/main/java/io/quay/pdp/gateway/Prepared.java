package io.quay.pdp.gateway;

import io.quay.pdp.decision.Cause;

/// What became of the preparation of a call.
public sealed interface Prepared {
    /// Quay will execute it.
    ///
    /// @param authorization the value of the `Authorization` header; a secret
    record Ready(String authorization) implements Prepared {
        @Override
        public String toString() {
            return "Ready[]";
        }
    }

    /// It is not to be executed, whatever the policies say.
    ///
    /// @param message for people
    record Refused(Cause cause, String message) implements Prepared {}

    /// Quay did not answer what must be known first: the call may be tried again.
    ///
    /// @param message for people
    record Unavailable(String message) implements Prepared {}
}
