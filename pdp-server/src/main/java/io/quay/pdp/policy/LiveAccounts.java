package io.quay.pdp.policy;

import io.quay.pdp.identity.Group;
import io.quay.pdp.identity.OtherAccounts;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The accounts of one look: those of Git, then those of the API. An account that was found once
/// stays as it was found, so that all of a decision sees one state. Safe for use by any number of
/// threads.
final class LiveAccounts implements ServiceAccounts {
    private final DeclaredAccounts declared;
    private final OtherAccounts others;
    private final Map<String, Optional<ServiceAccount>> found;

    LiveAccounts(DeclaredAccounts declared, OtherAccounts others) {
        this(declared, others, new ConcurrentHashMap<>());
    }

    private LiveAccounts(
            DeclaredAccounts declared,
            OtherAccounts others,
            Map<String, Optional<ServiceAccount>> found) {
        this.declared = declared;
        this.others = others;
        this.found = found;
    }

    /// The same with one account replaced.
    ///
    /// @param account empty = there is none of this name
    LiveAccounts with(String name, Optional<ServiceAccount> account) {
        Map<String, Optional<ServiceAccount>> copy = new ConcurrentHashMap<>(found);
        copy.put(name, account);
        return new LiveAccounts(declared, others, copy);
    }

    @Override
    public Optional<ServiceAccount> find(String name) {
        return found.computeIfAbsent(
                name, wanted -> declared.find(wanted).or(() -> others.find(wanted)));
    }

    @Override
    public Optional<Group> findGroup(String name) {
        return declared.findGroup(name);
    }

    @Override
    public Collection<ServiceAccount> all() {
        TreeSet<String> names = new TreeSet<>(declared.accounts().keySet());
        others.all().forEach(account -> names.add(account.name()));
        names.addAll(found.keySet());
        return names.stream().map(this::find).flatMap(Optional::stream).toList();
    }

    /// Those that were found so far.
    Collection<ServiceAccount> seen() {
        return found.values().stream().flatMap(Optional::stream).collect(Collectors.toList());
    }
}
