package io.quay.pdp.store;

import io.quay.pdp.audit.EventLog.Named;
import io.quay.pdp.token.WorkloadNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;

/// What the things behind workloads were called when they were last seen, in SQLite. Safe for use
/// by any number of threads. Public methods throw [io.quay.pdp.accounts.Store.StorageException].
public final class SqliteWorkloadNames implements WorkloadNames {
    private final Database database;

    public SqliteWorkloadNames(Database database) {
        this.database = database;
    }

    @Override
    public Optional<String> find(Named thing) {
        return Transaction.<Optional<String>>read(
                database,
                transaction ->
                        transaction
                                .select(
                                        "SELECT name FROM workload_name WHERE iss = ? AND id = ?",
                                        select -> {
                                            select.setString(1, thing.iss());
                                            select.setString(2, thing.id());
                                        },
                                        row -> row.getString(1))
                                .stream()
                                .findFirst());
    }

    /// Keeps the name within the transaction of this connection.
    void keep(Connection connection, Named thing) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        INSERT INTO workload_name (iss, id, name) VALUES (?,?,?)
                        ON CONFLICT (iss, id) DO UPDATE SET name = excluded.name
                        """)) {
            insert.setString(1, thing.iss());
            insert.setString(2, thing.id());
            insert.setString(3, thing.name());
            insert.executeUpdate();
        }
    }
}
