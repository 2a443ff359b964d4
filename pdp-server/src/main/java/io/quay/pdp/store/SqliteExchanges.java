package io.quay.pdp.store;

import io.quay.pdp.audit.EventLog.Exchange;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import io.quay.pdp.token.Exchanges;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The workloads behind access tokens that live, in SQLite. Safe for use by any number of threads.
/// Public methods throw [io.quay.pdp.accounts.Store.StorageException].
public final class SqliteExchanges implements Exchanges {
    private static final int PRUNED_AT_ONCE = 1_000;

    private final Database database;

    public SqliteExchanges(Database database) {
        this.database = database;
    }

    @Override
    public Optional<Exchange> find(String tokenId) {
        return Transaction.<Optional<Exchange>>read(
                database,
                transaction ->
                        transaction
                                .select(
                                        """
                                        SELECT token_id, iss, workload, usable_until FROM exchange
                                        WHERE token_id = ?
                                        """,
                                        select -> select.setString(1, tokenId),
                                        row ->
                                                new Exchange(
                                                        row.getString(1),
                                                        row.getString(2),
                                                        workload(row.getString(3)),
                                                        Columns.time(row, 4)))
                                .stream()
                                .findFirst());
    }

    /// Adds one within the transaction of this connection.
    void insert(Connection connection, Exchange exchange) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO exchange (token_id, iss, workload, usable_until) VALUES (?,?,?,?)")) {
            insert.setString(1, exchange.tokenId());
            insert.setString(2, exchange.iss());
            insert.setString(3, text(exchange.workload()));
            Columns.time(insert, 4, exchange.until());
            insert.executeUpdate();
        }
    }

    /// Deletes those of tokens that have ended at the moment, a bounded number at once. Returns how
    /// many; call again until none are left.
    public int prune(Instant moment) {
        return Transaction.<Integer>write(
                database,
                transaction ->
                        transaction.update(
                                "the exchanges",
                                """
                                DELETE FROM exchange WHERE token_id IN
                                    (SELECT token_id FROM exchange WHERE usable_until <= ?
                                     ORDER BY usable_until LIMIT ?)
                                """,
                                delete -> {
                                    Columns.time(delete, 1, moment);
                                    delete.setInt(2, PRUNED_AT_ONCE);
                                }));
    }

    private static String text(Workload workload) {
        return ValueJson.fields(
                Map.of(
                        "entity",
                        new Value.Entity(workload.entity()),
                        "attributes",
                        new Value.Fields(workload.attributes()),
                        "tags",
                        texts(workload.tags()),
                        "run",
                        texts(workload.run())));
    }

    private static Value texts(Map<String, String> texts) {
        Map<String, Value> fields = new HashMap<>();
        texts.forEach((name, text) -> fields.put(name, Value.of(text)));
        return new Value.Fields(fields);
    }

    private static Workload workload(String json) {
        Map<String, Value> fields = ValueJson.fields(json);
        if (!(fields.get("entity") instanceof Value.Entity(EntityRef entity))) {
            throw unreadable();
        }
        return new Workload(
                entity,
                members(fields.get("attributes")),
                strings(fields.get("tags")),
                strings(fields.get("run")));
    }

    private static Map<String, Value> members(@Nullable Value value) {
        if (value instanceof Value.Fields(Map<String, Value> fields)) {
            return fields;
        }
        throw unreadable();
    }

    private static Map<String, String> strings(@Nullable Value value) {
        Map<String, String> texts = new HashMap<>();
        members(value)
                .forEach((name, each) -> {
                    if (!(each instanceof Value.Text(String text))) {
                        throw unreadable();
                    }
                    texts.put(name, text);
                });
        return texts;
    }

    private static StoreException unreadable() {
        return new StoreException("a stored exchange's workload is not complete");
    }
}
