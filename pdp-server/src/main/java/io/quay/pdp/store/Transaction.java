package io.quay.pdp.store;

import io.quay.pdp.accounts.Store.ConflictException;
import io.quay.pdp.accounts.Store.StorageException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One transaction and its statements, for the thread that runs it and while it runs.
///
/// INVARIANT: after a failure other than a conflict nothing more is done in it and it is not
/// committed, even if the work goes on: SQLite may have rolled back by itself (a full disk), and
/// what came after would stand alone.
final class Transaction {
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run(Transaction transaction);
    }

    @FunctionalInterface
    interface Arguments {
        void bind(PreparedStatement statement) throws SQLException;
    }

    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    @FunctionalInterface
    interface Statements<T> {
        T run(Connection connection) throws SQLException;
    }

    static final Arguments NONE = _ -> {};

    private final Connection connection;
    private @Nullable StorageException failure;
    private boolean over;

    private Transaction(Connection connection) {
        this.connection = connection;
    }

    /// Durable when this returns, undone when it throws.
    ///
    /// @throws StorageException when it cannot be kept
    static <T extends @Nullable Object> T write(Database database, Work<T> work) {
        try {
            return database.<T>write(connection -> new Transaction(connection).run(work));
        } catch (StoreException e) {
            throw SqliteFailures.storage("the change was not kept", e);
        }
    }

    /// One consistent state.
    ///
    /// @throws StorageException when it cannot be read
    static <T extends @Nullable Object> T read(Database database, Work<T> work) {
        try {
            return database.<T>read(connection -> new Transaction(connection).run(work));
        } catch (StoreException e) {
            throw SqliteFailures.storage("the database cannot be read", e);
        }
    }

    private <T extends @Nullable Object> T run(Work<T> work) {
        try {
            T result = work.run(this);
            refuseAfterFailure();
            return result;
        } finally {
            over = true;
        }
    }

    <T> List<T> select(String sql, Arguments arguments, Row<T> row) {
        return attempt(
                "the row",
                connection -> {
                    try (PreparedStatement select = connection.prepareStatement(sql)) {
                        arguments.bind(select);
                        try (ResultSet rows = select.executeQuery()) {
                            List<T> found = new ArrayList<>();
                            while (rows.next()) {
                                found.add(row.read(rows));
                            }
                            return List.copyOf(found);
                        }
                    }
                });
    }

    /// Returns how many rows were changed.
    ///
    /// @param what is inserted or changed, for the message of a conflict
    /// @throws ConflictException when the tables' rules are against it
    int update(String what, String sql, Arguments arguments) {
        return attempt(
                what,
                connection -> {
                    try (PreparedStatement update = connection.prepareStatement(sql)) {
                        arguments.bind(update);
                        return update.executeUpdate();
                    }
                });
    }

    /// As [#update], with statements of the caller's own.
    <T> T attempt(String what, Statements<T> statements) {
        if (over) {
            throw new IllegalStateException("the transaction is over");
        }
        refuseAfterFailure();
        try {
            return statements.run(connection);
        } catch (SQLException e) {
            throw SqliteFailures.conflict(what, e).orElseGet(() -> failed(e));
        }
    }

    private RuntimeException failed(SQLException cause) {
        StorageException failed = SqliteFailures.storage("the change was not kept", cause);
        failure = failed;
        return failed;
    }

    private void refuseAfterFailure() {
        StorageException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }
}
