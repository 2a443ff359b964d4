package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.Store.Request;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Creations by idempotency key, within one transaction.
record RequestTable(Transaction transaction) implements Store.Requests {
    private static final String COLUMNS =
            "caller, idempotency_key, fingerprint, created_id, requested_at";

    @Override
    public Optional<Request> find(String caller, String key) {
        return transaction
                .select(
                        "SELECT "
                                + COLUMNS
                                + " FROM idempotent_request"
                                + " WHERE caller = ? AND idempotency_key = ?",
                        select -> {
                            select.setString(1, caller);
                            select.setString(2, key);
                        },
                        RequestTable::read)
                .stream()
                .findFirst();
    }

    private static Request read(ResultSet row) throws SQLException {
        return new Request(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                Columns.time(row, 5));
    }

    @Override
    public void insert(Request request) {
        transaction.update(
                "a request of this caller and key",
                "INSERT INTO idempotent_request (" + COLUMNS + ") VALUES (?,?,?,?,?)",
                insert -> {
                    insert.setString(1, request.caller());
                    insert.setString(2, request.key());
                    insert.setString(3, request.fingerprint());
                    insert.setString(4, request.created());
                    Columns.time(insert, 5, request.at());
                });
    }

    @Override
    public void prune(Instant before) {
        transaction.update(
                "the requests",
                "DELETE FROM idempotent_request WHERE requested_at < ?",
                delete -> Columns.time(delete, 1, before));
    }
}
