package io.quay.pdp.quay;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One operation of the Management API, a row of the catalog. Immutable.
///
/// @param name Quay's own nickname, which is the Cedar action's id
/// @param template the path with `{parameter}` segments
/// @param scope the OAuth scope; null = none declared
/// @param groups every action group it is in: scopes (with those that imply them), `read`/`mutate`,
///   the safe ones, classes
/// @param resourceTypes the primary resource's Cedar type first, then the types of all further
///   objects
/// @param parameters those of path, query and body that policies may read
/// @param recorded names of parameters that a decision record may hold
/// @param execution as whom Quay can execute it for a service account
public record Operation(
        String name,
        String method,
        String template,
        @Nullable String scope,
        Level level,
        boolean mutates,
        Set<String> groups,
        List<String> resourceTypes,
        List<Parameter> parameters,
        Set<String> recorded,
        Execution execution) {

    /// As whom Quay can execute an operation for a service account.
    public enum Execution {
        /// Whoever has the rights.
        ANY_USER,
        /// Only as the account's own user: it is about the calling user, or makes authority of its.
        OWN_USER,
        /// Not at all: it makes, renames, signs in or converts the calling user itself.
        NEVER
    }

    public enum Level {
        REGISTRY,
        ORGANIZATION,
        REPOSITORY,
        USER,
        NONE
    }

    public Operation {
        groups = Set.copyOf(groups);
        resourceTypes = List.copyOf(resourceTypes);
        parameters = List.copyOf(parameters);
        recorded = Set.copyOf(recorded);
    }

    public Optional<Parameter> parameter(String parameterName) {
        return parameters.stream().filter(p -> p.name().equals(parameterName)).findFirst();
    }

    /// The classes of operations whose effect outlives or outreaches the call; empty for most.
    public Set<String> classes() {
        Set<String> classes = new HashSet<>(groups);
        classes.retainAll(ActionGroups.CLASSES);
        return classes;
    }

    /// The OAuth scopes that cover it: its own and those that hold it; empty when it declares none.
    public Set<String> scopes() {
        return scope == null ? Set.of() : ActionGroups.closure(Set.of(scope));
    }
}
