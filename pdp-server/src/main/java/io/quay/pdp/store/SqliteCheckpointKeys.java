package io.quay.pdp.store;

import io.quay.pdp.audit.CheckpointKeys;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Optional;

/// Where the key that signs checkpoints is kept, in SQLite. Safe for use by any number of threads.
/// Both methods throw [StoreException].
public final class SqliteCheckpointKeys implements CheckpointKeys {
    private final Database database;

    public SqliteCheckpointKeys(Database database) {
        this.database = database;
    }

    @Override
    public Optional<Kept> find() {
        return database.<Optional<Kept>>read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    """
                                    SELECT public_jwk, sealed, created_at FROM audit_key
                                    WHERE name = 'checkpoints'
                                    """)) {
                return row.next()
                        ? Optional.of(
                                new Kept(row.getString(1), row.getString(2), Columns.time(row, 3)))
                        : Optional.empty();
            }
        });
    }

    @Override
    public void keep(Kept key) {
        database.<Integer>write(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement(
                            """
                            INSERT INTO audit_key (name, public_jwk, sealed, created_at)
                            VALUES ('checkpoints', ?, ?, ?)
                            """)) {
                insert.setString(1, key.publicJwk());
                insert.setString(2, key.sealedPrivate());
                Columns.time(insert, 3, key.createdAt());
                return insert.executeUpdate();
            }
        });
    }
}
