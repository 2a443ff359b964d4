package io.quay.pdp.policy;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import java.util.Collection;
import java.util.NavigableSet;
import java.util.TreeSet;

/// Gathers the ids of one type from wherever entities are named. Used by one thread.
final class KnownNames {
    private final String type;
    private final NavigableSet<String> found = new TreeSet<>();

    KnownNames(String type) {
        this.type = type;
        add(EntityRef.registry());
    }

    NavigableSet<String> found() {
        return found;
    }

    void addIds(Collection<String> ids) {
        found.addAll(ids);
    }

    void addAll(Collection<EntityRef> entities) {
        entities.forEach(this::add);
    }

    /// What they are, what they are in and what their attributes name.
    void addFacts(Collection<EntityData> facts) {
        for (EntityData fact : facts) {
            add(fact.ref());
            addAll(fact.parents());
            fact.attributes().values().forEach(this::add);
        }
    }

    /// The accounts, the users that they are in Quay, their owners, and what they have roles on.
    void addAccounts(Collection<ServiceAccount> accounts) {
        for (ServiceAccount account : accounts) {
            add(account.entity());
            add(EntityRef.user(account.name()));
            String owner = account.owner();
            if (owner != null) {
                add(EntityRef.organization(owner));
            }
            account.grants().forEach(grant -> add(grant.resource()));
        }
    }

    private void add(Value value) {
        switch (value) {
            case Value.Entity(EntityRef ref) -> add(ref);
            case Value.Many(var values) -> values.forEach(this::add);
            case Value.Fields(var fields) -> fields.values().forEach(this::add);
            case Value.Text _, Value.Bool _, Value.Whole _, Value.Address _, Value.Moment _ -> {}
        }
    }

    /// A repository's name says its organization's.
    private void add(EntityRef ref) {
        if (ref.type().equals(type) && !ref.id().isEmpty()) {
            found.add(ref.id());
        } else if (ref.type().equals(EntityTypes.REPOSITORY)
                && type.equals(EntityTypes.ORGANIZATION)
                && ref.id().indexOf('/') > 0) {
            found.add(ref.id().substring(0, ref.id().indexOf('/')));
        }
    }
}
