package io.quay.pdp.accounts;

import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Accounts as a caller may see them.
final class AccountViews {
    private final Gate gate;
    private final Directory directory;

    AccountViews(Gate gate, Directory directory) {
        this.gate = gate;
        this.directory = directory;
    }

    List<AccountView> list(Caller caller, AccountFilter filter, @Nullable String after, int limit) {
        LiveView view = gate.view();
        return Stream.concat(
                        view.snapshot().accounts().all().stream().map(this::ofGit),
                        directory.stored().stream().map(stored -> ofApi(stored, view)))
                .filter(seen -> after == null || seen.account().name().compareTo(after) > 0)
                .filter(seen -> filter.matches(seen.account()))
                .filter(seen -> seen.origin() == AccountName.Origin.GIT || !seen.conflict())
                .sorted(Comparator.comparing(seen -> seen.account().name()))
                .filter(seen -> mayRead(caller, view, seen.account()))
                .limit(limit)
                .toList();
    }

    boolean mayRead(Caller caller, LiveView view, ServiceAccount account) {
        return gate.allows(caller, view, "readServiceAccount", account.entity());
    }

    AccountView get(Caller caller, String name) {
        LiveView view = gate.view();
        ServiceAccount account = present(view, name);
        if (!mayRead(caller, view, account)) {
            throw Gate.noSuchAccount(name);
        }
        return directory
                .findStored(name)
                .filter(stored -> stored.id().equals(account.id()))
                .map(stored -> ofApi(stored, view))
                .orElseGet(() -> ofGit(account));
    }

    static ServiceAccount present(LiveView view, String name) {
        return view.accounts().find(name).orElseThrow(() -> Gate.noSuchAccount(name));
    }

    private AccountView ofGit(ServiceAccount account) {
        return new AccountView(
                account,
                AccountName.Origin.GIT,
                "",
                null,
                null,
                Integer.toUnsignedLong(account.hashCode()),
                lastUsed(account),
                false,
                directory.findStored(account.name()).isPresent());
    }

    AccountView ofApi(StoredAccount stored, LiveView view) {
        return new AccountView(
                stored.account(),
                AccountName.Origin.API,
                stored.displayName(),
                stored.createdBy(),
                stored.updatedAt(),
                stored.revision(),
                lastUsed(stored.account()),
                stored.legacyAudience(),
                view.snapshot().accounts().find(stored.name()).isPresent());
    }

    private @Nullable Instant lastUsed(ServiceAccount account) {
        return directory.credentialsOf(account.id()).stream()
                .map(credential -> directory.lastUsed(credential.id()))
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }
}
