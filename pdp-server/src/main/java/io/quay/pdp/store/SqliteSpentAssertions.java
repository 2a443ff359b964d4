package io.quay.pdp.store;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.EventLog.Spent;
import io.quay.pdp.token.SpentAssertions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/// The client assertions and workload tokens that were used, in SQLite. Safe for use by any number
/// of threads. Public methods throw [Store.StorageException].
public final class SqliteSpentAssertions implements SpentAssertions {
    private static final int PRUNED_AT_ONCE = 1_000;

    private final Database database;

    public SqliteSpentAssertions(Database database) {
        this.database = database;
    }

    @Override
    public List<Used> since(Instant moment) {
        return Transaction.<List<Used>>read(
                database,
                transaction ->
                        transaction.select(
                                """
                                SELECT hash, usable_until, uses FROM spent_assertion
                                WHERE usable_until > ? ORDER BY usable_until, hash
                                """,
                                select -> Columns.time(select, 1, moment),
                                row ->
                                        new Used(
                                                row.getString(1),
                                                Columns.time(row, 2),
                                                row.getInt(3))));
    }

    /// Adds one use within the transaction of this connection.
    ///
    /// @throws AuditUnavailableException when it has no use left
    void insert(Connection connection, Spent spent) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        INSERT INTO spent_assertion (hash, usable_until, uses) VALUES (?,?,1)
                        ON CONFLICT (hash) DO UPDATE SET uses = uses + 1 WHERE uses < ?
                        """)) {
            insert.setString(1, spent.hash());
            // Rounded up: cut off, it could be used again within its last millisecond.
            Columns.time(insert, 2, spent.until().plusNanos(999_999));
            insert.setInt(3, spent.most());
            if (insert.executeUpdate() == 0) {
                throw new AuditUnavailableException("all of its uses were recorded before");
            }
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
