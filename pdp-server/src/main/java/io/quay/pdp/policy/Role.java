package io.quay.pdp.policy;

import java.util.Comparator;
import java.util.List;

/// A role that can be granted, as the policy repository declares it. Immutable.
///
/// @param file of its first template, relative to the policy directory
/// @param line where that starts, from 1
/// @param policies the `@id`s of its templates
public record Role(String name, String description, String file, int line, List<String> policies) {
    public Role {
        policies = List.copyOf(policies);
    }

    /// @param templates at least one; the one that is named like the role speaks for all of it
    static Role of(String name, List<PolicyDefinition> templates) {
        List<PolicyDefinition> ordered =
                templates.stream()
                        .sorted(
                                Comparator.comparing((PolicyDefinition template) ->
                                                !template.id().equals(name))
                                        .thenComparing(PolicyDefinition::id))
                        .toList();
        PolicyDefinition first = ordered.getFirst();
        return new Role(
                name,
                first.annotations().getOrDefault("description", ""),
                first.statement().file(),
                first.statement().line(),
                ordered.stream().map(PolicyDefinition::id).toList());
    }
}
