package io.quay.pdp.store;

import io.quay.pdp.federation.KeptKeys;
import java.time.Duration;
import java.util.Optional;

/// The issuers' last good keys in SQLite, a row for each issuer's name. Safe for use by any number
/// of threads. All methods throw [io.quay.pdp.accounts.Store.StorageException].
public final class SqliteKeptKeys implements KeptKeys {
    private final Database database;

    public SqliteKeptKeys(Database database) {
        this.database = database;
    }

    @Override
    public Optional<Kept> find(String issuer) {
        return Transaction.<Optional<Kept>>read(
                database,
                transaction ->
                        transaction
                                .select(
                                        """
                                        SELECT issuer, source, document, fetched_at, seen_at
                                        FROM issuer_keys WHERE issuer = ?
                                        """,
                                        select -> select.setString(1, issuer),
                                        row ->
                                                new Kept(
                                                        row.getString(1),
                                                        row.getString(2),
                                                        row.getString(3),
                                                        Columns.time(row, 4),
                                                        Columns.time(row, 5)))
                                .stream()
                                .findFirst());
    }

    @Override
    public void keep(Kept kept) {
        Transaction.<Integer>write(
                database,
                transaction ->
                        transaction.update(
                                "the issuer's keys",
                                """
                                INSERT OR REPLACE INTO issuer_keys
                                    (issuer, source, document, fetched_at, seen_at)
                                VALUES (?,?,?,?,?)
                                """,
                                insert -> {
                                    insert.setString(1, kept.issuer());
                                    insert.setString(2, kept.source());
                                    insert.setString(3, kept.document());
                                    Columns.time(insert, 4, kept.fetchedAt());
                                    Columns.time(insert, 5, kept.seenAt());
                                }));
    }

    @Override
    public void aged(String issuer, Duration age) {
        Transaction.<Integer>write(
                database,
                transaction ->
                        transaction.update(
                                "the issuer's keys",
                                """
                                UPDATE issuer_keys SET seen_at = max(seen_at, fetched_at + ?)
                                WHERE issuer = ?
                                """,
                                update -> {
                                    update.setLong(1, age.toMillis());
                                    update.setString(2, issuer);
                                }));
    }
}
