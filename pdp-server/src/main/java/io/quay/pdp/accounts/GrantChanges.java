package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.QuayNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Making and deleting grants. The caller holds the lock of [Administration].
final class GrantChanges {
    private static final int MAX_GRANTS = 500;
    private static final Set<String> GRANTABLE =
            Set.of(EntityTypes.REGISTRY, EntityTypes.ORGANIZATION, EntityTypes.REPOSITORY);

    private final Gate gate;
    private final Journal journal;
    private final Directory directory;
    private final Ceilings ceilings;

    GrantChanges(Gate gate, Journal journal, Directory directory, Ceilings ceilings) {
        this.gate = gate;
        this.journal = journal;
        this.directory = directory;
        this.ceilings = ceilings;
    }

    Write.Done<StoredGrant> create(
            Caller caller, StoredAccount account, GrantSpec spec, Write write) {
        LiveView view = gate.view();
        List<String> policies =
                new ArrayList<>(
                        gate.require(caller, view, "createGrant", account.account().entity()));
        Optional<String> earlier = journal.findCreated(caller, write);
        if (earlier.isPresent()) {
            return new Write.Done<>(existing(earlier.get()), false);
        }
        check(spec, account, view);
        policies.addAll(gate.require(caller, view, "createGrant", spec.resource()));
        refuseSecond(spec, account);
        Instant now = journal.now();
        Grant grant =
                new Grant(journal.newId("grant_"), spec.role(), spec.resource(), spec.expiresAt());
        StoredGrant stored = new StoredGrant(grant, account.id(), caller.name(), now);
        List<Grant> grants = new ArrayList<>(account.account().grants());
        grants.add(grant);
        StoredAccount changed = account.withGrants(grants);
        ServiceAccount before = account.account();
        gate.requireHeld(caller, view, before, changed.account(), "createGrant");
        if (!write.dryRun()) {
            List<Credential> capped = ceilings.forChange(view, before, before, changed.account());
            Event event =
                    journal.event(
                            caller,
                            Event.Kind.GRANT_CREATED,
                            account.name(),
                            grant.id(),
                            policies.stream().distinct().toList(),
                            describe(grant));
            journal.create(
                    caller,
                    write,
                    grant.id(),
                    event,
                    tables -> {
                        tables.grants().insert(stored);
                        capped.forEach(tables.credentials()::update);
                    });
            // credentials first: none of them may see the grant before it is under its ceiling
            capped.forEach(directory::put);
            directory.put(stored);
            directory.put(changed);
        }
        return new Write.Done<>(stored, true);
    }

    private StoredGrant existing(String id) {
        return directory
                .findGrant(id)
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.CONFLICT,
                                "the grant that this Idempotency-Key made has been deleted"));
    }

    private static void refuseSecond(GrantSpec spec, StoredAccount account) {
        account.account().grants().stream()
                .filter(grant -> grant.role().equals(spec.role()))
                .filter(grant -> grant.resource().equals(spec.resource()))
                .filter(grant -> Objects.equals(grant.expiresAt(), spec.expiresAt()))
                .findFirst()
                .ifPresent(grant -> {
                    throw new RefusedException(
                            Refusal.CONFLICT,
                            "`"
                                    + account.name()
                                    + "` has this grant already: `"
                                    + grant.id()
                                    + "`");
                });
    }

    private void check(GrantSpec spec, StoredAccount account, LiveView view) {
        List<Field> wrong = new ArrayList<>();
        if (!view.roleExists(spec.role())) {
            wrong.add(new Field("/role", "no such role: GET /v1/roles lists them"));
        }
        if (!GRANTABLE.contains(spec.resource().type())) {
            wrong.add(new Field("/resource/type", "must be one of " + GRANTABLE));
        } else if (!QuayNames.wellFormed(spec.resource())) {
            wrong.add(new Field("/resource/id", "is no name that Quay takes as it is"));
        }
        if (spec.expiresAt() != null && !spec.expiresAt().isAfter(gate.now())) {
            wrong.add(new Field("/expires_at", "must be in the future"));
        }
        if (!wrong.isEmpty()) {
            throw new RefusedException(Refusal.INVALID, "the grant cannot be as described", wrong);
        }
        if (account.account().grants().size() >= MAX_GRANTS) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "`" + account.name() + "` has " + MAX_GRANTS + " grants: use a group");
        }
    }

    void delete(Caller caller, StoredAccount account, String id, Write write) {
        LiveView view = gate.view();
        List<String> policies =
                new ArrayList<>(
                        gate.require(caller, view, "deleteGrant", account.account().entity()));
        StoredGrant grant = find(account, id);
        policies.addAll(gate.require(caller, view, "deleteGrant", grant.grant().resource()));
        if (write.dryRun()) {
            return;
        }
        journal.keep(
                journal.event(
                        caller,
                        Event.Kind.GRANT_DELETED,
                        account.name(),
                        id,
                        policies.stream().distinct().toList(),
                        describe(grant.grant())),
                tables -> tables.grants().delete(id));
        directory.put(
                account.withGrants(
                        account.account().grants().stream()
                                .filter(kept -> !kept.id().equals(id))
                                .toList()));
        directory.remove(grant);
    }

    StoredGrant find(StoredAccount account, String id) {
        return directory
                .findGrant(id)
                .filter(grant -> grant.accountId().equals(account.id()))
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.NOT_FOUND, "`" + account.name() + "` has no such grant"));
    }

    private static Map<String, String> describe(Grant grant) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("role", grant.role());
        details.put("resource", grant.resource().toString());
        if (grant.expiresAt() != null) {
            details.put("expires_at", grant.expiresAt().toString());
        }
        return details;
    }
}
