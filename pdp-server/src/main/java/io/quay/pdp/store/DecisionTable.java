package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table of decisions. `insert` and `probe` are called by one thread.
final class DecisionTable {
    private static final DecisionRow PROBE =
            new DecisionRow(
                    new DecisionRecord(
                            "probe",
                            Instant.EPOCH,
                            "",
                            null,
                            null,
                            null,
                            null,
                            null,
                            false,
                            null,
                            List.of(),
                            "",
                            Map.of()),
                    "[]",
                    " ".repeat(16_384));

    private final Database database;

    /// Prepared once for as long as the database keeps the same connection for writing.
    private @Nullable PreparedStatement insert;

    DecisionTable(Database database) {
        this.database = database;
    }

    void insert(List<DecisionRow> rows) {
        database.write(connection -> {
            PreparedStatement statement = insertOn(connection);
            try {
                for (DecisionRow row : rows) {
                    row.bind(statement);
                    statement.addBatch();
                }
                return statement.executeBatch();
            } finally {
                statement.clearBatch();
            }
        });
    }

    /// Does what a commit of a large record needs, space for new pages included, and leaves
    /// nothing.
    void probe() {
        database.write(connection -> {
            PreparedStatement statement = insertOn(connection);
            PROBE.bind(statement);
            statement.executeUpdate();
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM decision WHERE id = ?")) {
                delete.setString(1, PROBE.decision().id());
                return delete.executeUpdate();
            }
        });
    }

    private PreparedStatement insertOn(Connection connection) throws SQLException {
        PreparedStatement current = insert;
        if (current == null || current.isClosed() || !current.getConnection().equals(connection)) {
            current = connection.prepareStatement(DecisionRow.INSERT);
            insert = current;
        }
        return current;
    }

    List<DecisionRecord> find(DecisionQuery query) {
        return database.read(connection -> DecisionSelect.run(connection, query));
    }

    /// Looks at no more than the `most` oldest rows.
    int prune(Instant before, int most) {
        return database.write(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement(
                            """
                            DELETE FROM decision WHERE decided_at < ? AND id IN
                                (SELECT id FROM decision ORDER BY id LIMIT ?)
                            """)) {
                delete.setLong(1, before.toEpochMilli());
                delete.setInt(2, most);
                return delete.executeUpdate();
            }
        });
    }
}
