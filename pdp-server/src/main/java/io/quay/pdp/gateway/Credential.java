package io.quay.pdp.gateway;

/// What a request to the Management API proves itself with.
sealed interface Credential {
    /// An access token of ours.
    record Ours(String token) implements Credential {
        @Override
        public String toString() {
            return "Ours[]";
        }
    }

    /// The token of a workload of a registered issuer.
    ///
    /// @param account that the workload asks to be
    record Workload(String token, String account) implements Credential {
        @Override
        public String toString() {
            return "Workload[" + account + "]";
        }
    }

    /// None of ours, and to be passed to Quay untouched.
    ///
    /// @param kind `session`, `opaque`, or the issuer of the token
    record Foreign(String kind) implements Credential {}

    /// Nothing that proves anybody.
    ///
    /// @param message for people
    record None(String message) implements Credential {}
}
