package io.quay.pdp.quay;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The groups of actions and which groups hold which.
final class ActionGroups {
    /// The classes of operations whose effect outlives or outreaches the call.
    static final Set<String> CLASSES = Set.copyOf(CatalogReader.CLASSES);

    /// Every group by name, with the groups that it is in.
    static final Map<String, List<String>> PARENTS = parents();

    private ActionGroups() {}

    /// The groups with all that hold them.
    static Set<String> closure(Set<String> groups) {
        Set<String> all = new TreeSet<>();
        for (String group : groups) {
            all.add(group);
            all.addAll(closure(Set.copyOf(PARENTS.getOrDefault(group, List.of()))));
        }
        return all;
    }

    private static Map<String, List<String>> parents() {
        Map<String, List<String>> parents = new TreeMap<>();
        for (String top :
                List.of(
                        "repo:admin",
                        "repo:create",
                        "org:admin",
                        "user:read",
                        "user:admin",
                        "super:user",
                        "read",
                        "mutate")) {
            parents.put(top, List.of());
        }
        CatalogReader.CLASSES.forEach(name -> parents.put(name, List.of()));
        parents.put("repo:write", List.of("repo:admin"));
        parents.put("repo:read", List.of("repo:write"));
        parents.put("read-safe", List.of("read"));
        parents.put("mutate-safe", List.of("mutate"));
        return parents;
    }
}
