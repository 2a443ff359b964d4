package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.accounts.StoreTransactionsConformance;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.Events;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.identity.Credential;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStoreTest extends StoreTransactionsConformance {
    @TempDir private Path temporary;
    private Database database;
    private SqliteStore store;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        store = new SqliteStore(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected Store store() {
        return store;
    }

    @Override
    protected Events events() {
        return new EventTable(database);
    }

    @Test
    void whatWasKeptIsThereAfterOpeningAgain() {
        insert(SampleAccounts.fullAccount(1));
        close();
        open();

        assertThat(all()).containsExactly(SampleAccounts.fullAccount(1));
    }

    @Test
    void timesAreCutToTheMillisecond() {
        Credential exact = SampleAccounts.secret(1, 1);
        Credential finer = exact.replacedBy("next", SampleAccounts.time(9).plusNanos(999_999));
        insert(SampleAccounts.bareAccount(1));
        store.transact(tables -> {
            tables.credentials().insert(finer);
            return finer;
        });

        List<Credential> kept = store.transact(tables -> tables.credentials().all());
        assertThat(kept).containsExactly(exact.replacedBy("next", SampleAccounts.time(9)));
    }

    @Test
    void aFailureThatTheWorkIgnoresStillUndoesIt() {
        execute("ALTER TABLE event RENAME TO gone");

        assertThatThrownBy(() ->
                        store.transact(tables -> {
                            tables.accounts().insert(SampleAccounts.bareAccount(1));
                            assertThatThrownBy(() -> tables.events().append(SampleEvents.full(1)))
                                    .isInstanceOf(StorageException.class);
                            assertThatThrownBy(() -> tables.accounts().all())
                                    .isInstanceOf(StorageException.class);
                            return tables;
                        }))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.full()).isFalse());
        assertThat(all()).isEmpty();
    }

    @Test
    void aBrokenRuleOtherThanATakenKeyIsNoConflict() {
        insert(SampleAccounts.bareAccount(1));
        execute(
                """
                CREATE TRIGGER never BEFORE INSERT ON credential
                BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed'); END
                """);

        assertThatThrownBy(() ->
                        store.transact(tables -> {
                            tables.credentials().insert(SampleAccounts.secret(1, 1));
                            return tables;
                        }))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.full()).isFalse());
    }

    @Test
    void aClosedDatabaseIsAFailureOfStorage() {
        database.close();

        assertThatThrownBy(this::all)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.full()).isFalse());
    }

    private void insert(StoredAccount account) {
        store.transact(tables -> {
            tables.accounts().insert(account);
            return account;
        });
    }

    private List<StoredAccount> all() {
        return store.transact(tables -> tables.accounts().all());
    }

    private void execute(String sql) {
        database.write(connection -> run(connection, sql));
    }

    private static boolean run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }
}
