package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where accounts are kept, in SQLite: each piece of work is one transaction of the one connection
/// that writes. Times are kept in whole milliseconds.
///
/// Safe for use by any number of threads.
public final class SqliteStore implements Store {
    private final Database database;
    private final EventTable events;

    public SqliteStore(Database database) {
        this.database = database;
        this.events = new EventTable(database);
    }

    @Override
    public <T extends @Nullable Object> T transact(Work<T> work) {
        return Transaction.<T>write(
                database, transaction -> work.run(new SqliteTables(transaction, events)));
    }

    /// The accounts that the API manages, without their grants; also of a database that is opened
    /// to read.
    public List<StoredAccount> accounts() {
        return Transaction.<List<StoredAccount>>read(
                database, transaction -> new AccountTable(transaction).all());
    }

    private record SqliteTables(Transaction transaction, EventTable table) implements Tables {
        @Override
        public Names names() {
            return new NameTable(transaction);
        }

        @Override
        public Accounts accounts() {
            return new AccountTable(transaction);
        }

        @Override
        public Credentials credentials() {
            return new CredentialTable(transaction);
        }

        @Override
        public Grants grants() {
            return new GrantTable(transaction);
        }

        @Override
        public Revocations revocations() {
            return new RevocationTable(transaction);
        }

        @Override
        public Requests requests() {
            return new RequestTable(transaction);
        }

        @Override
        public Events events() {
            return this::append;
        }

        private void append(Event event) {
            transaction.attempt(
                    "the event",
                    connection -> {
                        table.append(connection, event);
                        return event;
                    });
        }
    }
}
