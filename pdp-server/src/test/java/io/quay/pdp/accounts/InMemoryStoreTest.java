package io.quay.pdp.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.audit.Events;
import org.junit.jupiter.api.Test;

final class InMemoryStoreTest extends StoreTransactionsConformance {
    private final InMemoryStore store = new InMemoryStore();

    @Override
    protected Store store() {
        return store;
    }

    @Override
    protected Events events() {
        return store.recorded();
    }

    @Test
    void aFullStoreKeepsNothingUntilThereIsSpaceAgain() {
        store.full(true);
        assertThatThrownBy(() ->
                        run(tables -> tables.accounts().insert(SampleAccounts.bareAccount(1))))
                .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.full()).isTrue());
        store.full(false);

        assertThat(accounts()).isEmpty();
    }
}
