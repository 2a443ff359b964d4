package io.quay.pdp.decision;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What policies may read but is not known of this request, by path, with the cause of a denial for
/// its sake. Absent is not false: a policy that reads one of these decides nothing.
final class Unknowns {
    private final Map<String, Cause> paths = new LinkedHashMap<>();

    void add(String path, Cause cause) {
        paths.put(path, cause);
    }

    void addAll(Unknowns more) {
        paths.putAll(more.paths);
    }

    Set<String> paths() {
        return paths.keySet();
    }

    /// The first of them that the policy reads.
    Optional<Map.Entry<String, Cause>> firstReadBy(Candidate policy) {
        return paths.entrySet().stream()
                .filter(entry -> policy.readsAnyOf(Set.of(entry.getKey())))
                .findFirst();
    }
}
