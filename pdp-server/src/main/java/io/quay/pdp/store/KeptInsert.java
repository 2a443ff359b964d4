package io.quay.pdp.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An `INSERT` whose rows go in together, prepared once for as long as the database keeps the same
/// connection for writing. For one thread.
final class KeptInsert {
    private final String sql;
    private @Nullable PreparedStatement prepared;

    KeptInsert(String sql) {
        this.sql = sql;
    }

    /// To be called first in each transaction.
    void on(Connection connection) throws SQLException {
        PreparedStatement current = prepared;
        if (current == null || current.isClosed() || !current.getConnection().equals(connection)) {
            prepared = connection.prepareStatement(sql);
        }
    }

    void add(List<?> columns) throws SQLException {
        PreparedStatement insert = insert();
        for (int i = 0; i < columns.size(); i++) {
            insert.setObject(i + 1, columns.get(i));
        }
        insert.addBatch();
    }

    /// To be called once, before the transaction ends.
    void write() throws SQLException {
        insert().executeBatch();
    }

    /// Drops what was added, whether it was written or not.
    void clear() throws SQLException {
        insert().clearBatch();
    }

    private PreparedStatement insert() {
        PreparedStatement current = prepared;
        if (current == null) {
            throw new IllegalStateException("no connection yet");
        }
        return current;
    }
}
