package io.quay.pdp.accounts;

import io.quay.pdp.identity.ServiceAccount;
import org.jspecify.annotations.Nullable;

/// Which accounts a list is to show; null = all.
///
/// @param owner only accounts of this organization
/// @param label `key=value`
/// @param enabled only those that are, or are not
public record AccountFilter(
        @Nullable String owner,
        @Nullable String group,
        @Nullable String label,
        @Nullable Boolean enabled) {
    public static final AccountFilter NONE = new AccountFilter(null, null, null, null);

    boolean matches(ServiceAccount account) {
        return (owner == null || owner.equals(account.owner()))
                && (group == null || account.groups().contains(group))
                && (label == null
                        || account.labels().entrySet().stream()
                                .anyMatch(each ->
                                        label.equals(each.getKey() + "=" + each.getValue())))
                && (enabled == null || enabled == account.enabled());
    }
}
