package io.quay.pdp.identity;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The account as a credential may use it at most: with it, only what the account may do now *and*
/// could do then is allowed.
///
/// @param grants ids of the account's own grants at that time
public record Ceiling(
        @Nullable String owner,
        Set<String> groups,
        Map<String, String> labels,
        Set<String> grants) {
    public Ceiling {
        groups = Set.copyOf(groups);
        labels = Map.copyOf(labels);
        grants = Set.copyOf(grants);
    }

    public static Ceiling of(ServiceAccount account) {
        return new Ceiling(
                account.owner(),
                account.groups(),
                account.labels(),
                Set.copyOf(account.grants().stream().map(Grant::id).toList()));
    }

    /// The account as it was: its present name, state and dates with the properties of that time.
    public ServiceAccount applyTo(ServiceAccount account) {
        List<Grant> kept =
                account.grants().stream().filter(grant -> grants.contains(grant.id())).toList();
        return new ServiceAccount(
                account.id(),
                account.name(),
                account.description(),
                owner,
                groups,
                labels,
                account.enabled(),
                account.createdAt(),
                account.expiresAt(),
                kept);
    }
}
