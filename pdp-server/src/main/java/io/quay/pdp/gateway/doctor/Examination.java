package io.quay.pdp.gateway.doctor;

import java.util.List;

/// What came of examining a Quay.
public sealed interface Examination {
    /// @param version as Quay says it; empty when it does not
    /// @param findings the failed first, then the unknown, then the passed; no secrets
    record Report(String version, List<Finding> findings) implements Examination {
        public Report {
            findings = List.copyOf(findings);
        }
    }

    /// No Quay answers there.
    record Unreachable(String message) implements Examination {}
}
