package io.quay.pdp.store;

import io.quay.pdp.audit.EventLog.Spent;
import io.quay.pdp.token.SpentAssertions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/// The client assertions that were used, in SQLite. Safe for use by any number of threads. Public
/// methods throw [Store.StorageException].
public final class SqliteSpentAssertions implements SpentAssertions {
    private static final int PRUNED_AT_ONCE = 1_000;

    private final Database database;

    public SqliteSpentAssertions(Database database) {
        this.database = database;
    }

    @Override
    public List<Spent> since(Instant moment) {
        return Transaction.<List<Spent>>read(
                database,
                transaction ->
                        transaction.select(
                                """
                                SELECT hash, usable_until FROM spent_assertion
                                WHERE usable_until > ? ORDER BY usable_until, hash
                                """,
                                select -> Columns.time(select, 1, moment),
                                row -> new Spent(row.getString(1), Columns.time(row, 2))));
    }

    /// Adds one within the transaction of this connection. One that was spent before fails.
    void insert(Connection connection, Spent spent) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO spent_assertion (hash, usable_until) VALUES (?,?)")) {
            insert.setString(1, spent.hash());
            // Rounded up: cut off, it could be used again within its last millisecond.
            Columns.time(insert, 2, spent.until().plusNanos(999_999));
            insert.executeUpdate();
        }
    }

    /// Deletes those that cannot be used any more at the moment, a bounded number at once. Returns
    /// how many; call again until none are left.
    public int prune(Instant moment) {
        return Transaction.<Integer>write(
                database,
                transaction ->
                        transaction.update(
                                "the assertions",
                                """
                                DELETE FROM spent_assertion WHERE hash IN
                                    (SELECT hash FROM spent_assertion WHERE usable_until <= ?
                                     ORDER BY usable_until LIMIT ?)
                                """,
                                delete -> {
                                    Columns.time(delete, 1, moment);
                                    delete.setInt(2, PRUNED_AT_ONCE);
                                }));
    }
}
