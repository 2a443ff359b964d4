package io.quay.pdp.store;

import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import java.util.List;
import java.util.Map;

/// The two changes that consist of several rows, by number: a creation, and the rotation of the
/// credential that it made.
final class AccountChanges {
    static final int SUCCESSOR = 100_000;

    private AccountChanges() {}

    static void create(Store store, int number) {
        create(store, number, SampleAccounts.bareAccount(number));
    }

    static void create(Store store, int number, StoredAccount account) {
        store.transact(tables -> {
            tables.names().insert(SampleAccounts.name(number));
            tables.accounts().insert(account);
            tables.credentials().insert(SampleAccounts.secret(number, number));
            tables.events().append(created(number));
            return account;
        });
    }

    static void rotate(Store store, int number) {
        store.transact(tables -> {
            tables.credentials().insert(successor(number));
            tables.credentials().update(predecessor(number));
            tables.events().append(rotated(number));
            return number;
        });
    }

    static Credential successor(int number) {
        return SampleAccounts.secret(SUCCESSOR + number, number);
    }

    static Credential predecessor(int number) {
        return SampleAccounts.secret(number, number)
                .replacedBy(successor(number).id(), SampleAccounts.time(number + 1));
    }

    static Event created(int number) {
        return event("created-", Event.Kind.ACCOUNT_CREATED, number);
    }

    static Event rotated(int number) {
        return event("rotated-", Event.Kind.CREDENTIAL_ROTATED, number);
    }

    private static Event event(String prefix, Event.Kind kind, int number) {
        return new Event(
                prefix + "%06d".formatted(number),
                SampleAccounts.time(number),
                kind,
                "svc-admin",
                null,
                "svc-" + number,
                null,
                null,
                List.of(),
                null,
                null,
                Map.of());
    }
}
