package io.quay.pdp.decision;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A policy whose scope matches a question: whether it holds depends on its conditions alone.
///
/// @param reads what its conditions read, such as `resource.visibility` or
///   `context.parameters.tag`; a whole record is read when a policy compares or passes it on:
///   `context.parameters`
/// @param expiresAt for a granted role, when the grant ends
public record Candidate(String id, boolean forbid, Set<String> reads, @Nullable Instant expiresAt) {
    /// Entities by reference: reading one of these is reading its name, not what it has.
    private static final Set<String> REFERENCES = Set.of("principal.owner", "resource.owner");

    public Candidate {
        reads = Set.copyOf(reads);
    }

    public boolean activeAt(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }

    /// Whether it reads one of these, or something they are part of.
    public boolean readsAnyOf(Set<String> paths) {
        return paths.stream().anyMatch(this::readsPath);
    }

    private boolean readsPath(String path) {
        return reads.stream()
                .anyMatch(read ->
                        read.equals(path)
                                || (path.startsWith(read + ".") && !REFERENCES.contains(read))
                                || read.startsWith(path + "."));
    }
}
