package io.quay.pdp.store;

import io.quay.pdp.audit.Event;
import io.quay.pdp.token.SigningKey;
import io.quay.pdp.token.SigningKeys;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// The keys of one key ring in SQLite, oldest first; the private ones are encrypted before they
/// come here. Safe for use by any number of threads. Both methods throw [Store.StorageException].
public final class SqliteSigningKeys implements SigningKeys {
    private static final String COLUMNS =
            "kid, algorithm, state, public_jwk, sealed_private, created_at, state_since";

    private final Database database;
    private final Purpose purpose;
    private final EventTable events;

    /// Which ring.
    public enum Purpose {
        /// The one that signs access tokens.
        ACCESS,
        /// The one that signs tokens for Quay.
        QUAY
    }

    /// Of the ring that signs access tokens.
    public SqliteSigningKeys(Database database) {
        this(database, Purpose.ACCESS);
    }

    public SqliteSigningKeys(Database database, Purpose purpose) {
        this.database = database;
        this.purpose = purpose;
        this.events = new EventTable(database);
    }

    @Override
    public List<SigningKey> all() {
        return Transaction.<List<SigningKey>>read(
                database,
                transaction ->
                        transaction.select(
                                "SELECT "
                                        + COLUMNS
                                        + " FROM signing_key WHERE purpose = ? ORDER BY created_at, kid",
                                select -> select.setString(1, purpose.name()),
                                SqliteSigningKeys::read));
    }

    private static SigningKey read(ResultSet row) throws SQLException {
        return new SigningKey(
                row.getString(1),
                row.getString(2),
                SigningKey.State.valueOf(row.getString(3)),
                row.getString(4),
                row.getString(5),
                Columns.time(row, 6),
                Columns.time(row, 7));
    }

    @Override
    public void replace(List<SigningKey> ring, Event event) {
        Transaction.<Event>write(
                database,
                transaction -> {
                    transaction.update(
                            "the ring",
                            "DELETE FROM signing_key WHERE purpose = ?",
                            delete -> delete.setString(1, purpose.name()));
                    ring.forEach(key -> insert(transaction, key));
                    return transaction.attempt(
                            "the event",
                            connection -> {
                                events.append(connection, event);
                                return event;
                            });
                });
    }

    private void insert(Transaction transaction, SigningKey key) {
        transaction.update(
                "a key of this kid",
                "INSERT INTO signing_key (" + COLUMNS + ", purpose) VALUES (?,?,?,?,?,?,?,?)",
                insert -> {
                    insert.setString(1, key.kid());
                    insert.setString(2, key.algorithm());
                    insert.setString(3, key.state().name());
                    insert.setString(4, key.publicJwk());
                    insert.setString(5, key.sealedPrivate());
                    Columns.time(insert, 6, key.createdAt());
                    Columns.time(insert, 7, key.stateSince());
                    insert.setString(8, purpose.name());
                });
    }
}
