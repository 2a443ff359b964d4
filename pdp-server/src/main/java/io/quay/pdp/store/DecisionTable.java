package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.List;

/// The table of decisions, read and pruned. Safe for use by any number of threads.
final class DecisionTable {
    private final Database database;

    DecisionTable(Database database) {
        this.database = database;
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
