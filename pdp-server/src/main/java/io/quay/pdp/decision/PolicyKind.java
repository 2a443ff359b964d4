package io.quay.pdp.decision;

/// The separate sets of a policy repository. A policy of one never sees a request of another.
public enum PolicyKind {
    /// Who may do what in Quay: `access` and the granted `roles`.
    ACCESS,
    /// Which workload may assume which service account.
    TRUST,
    /// Who may use the PDP's own API.
    ADMIN
}
