package io.quay.pdp.identity;

import java.util.List;
import java.util.Set;

/// A group of service accounts; groups may be members of groups.
public record Group(String name, Set<String> groups, List<Grant> grants) {
    public Group {
        groups = Set.copyOf(groups);
        grants = List.copyOf(grants);
    }
}
