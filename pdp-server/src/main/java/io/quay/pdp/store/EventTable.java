package io.quay.pdp.store;

import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.Events;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The table of events. Safe for use by any number of threads.
public final class EventTable implements Events {
    static final String COLUMNS =
            """
            id, happened_at, kind, actor, credential_id, account, target, cause, policies,
            request_id, source_ip, details\
            """;
    private static final String INSERT =
            "INSERT INTO event (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM event";
    private static final Map<String, Event.Kind> KINDS =
            Stream.of(Event.Kind.values())
                    .collect(Collectors.toUnmodifiableMap(Event.Kind::code, Function.identity()));

    private final Database database;

    public EventTable(Database database) {
        this.database = database;
    }

    /// Appends and links within the transaction of this connection.
    void append(Connection connection, Event event) throws SQLException {
        insert(connection, event);
        try (Links links = AuditChain.links(database, connection)) {
            links.add(RecordKind.EVENT, event.id());
            links.write();
        }
    }

    /// Appends without a link, which the caller adds in the same transaction.
    static void insert(Connection connection, Event event) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setString(1, event.id());
            Columns.time(insert, 2, event.time());
            insert.setString(3, event.kind().code());
            insert.setString(4, event.actor());
            insert.setString(5, event.credential());
            insert.setString(6, event.account());
            insert.setString(7, event.target());
            insert.setString(8, event.cause());
            insert.setString(9, ValueJson.names(event.policies()));
            insert.setString(10, event.requestId());
            insert.setString(11, event.sourceIp());
            insert.setString(12, Columns.texts(event.details()));
            insert.executeUpdate();
        }
    }

    /// When the last event happened; empty when none did.
    public Optional<Instant> newest() {
        return database.read(connection -> {
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT max(happened_at) FROM event");
                    ResultSet row = select.executeQuery()) {
                row.next();
                long millis = row.getLong(1);
                return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
            }
        });
    }

    @Override
    public List<Event> find(EventQuery query) {
        return database.read(connection -> new Select().fetch(connection, query));
    }

    private static Event read(ResultSet row) throws SQLException {
        Event.Kind kind = KINDS.get(row.getString(3));
        if (kind == null) {
            throw new StoreException("an event of unknown kind `" + row.getString(3) + "`");
        }
        return new Event(
                row.getString(1),
                Columns.time(row, 2),
                kind,
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                ValueJson.names(row.getString(9)),
                row.getString(10),
                row.getString(11),
                Columns.texts(row.getString(12)));
    }

    /// A query as SQL text with its arguments. Made for one use.
    static final class Select {
        private final List<String> conditions = new ArrayList<>();
        private final List<Object> arguments = new ArrayList<>();

        private List<Event> fetch(Connection connection, EventQuery query) throws SQLException {
            try (PreparedStatement select = connection.prepareStatement(sql(query))) {
                for (int i = 0; i < arguments.size(); i++) {
                    select.setObject(i + 1, arguments.get(i));
                }
                try (ResultSet rows = select.executeQuery()) {
                    List<Event> found = new ArrayList<>();
                    while (rows.next()) {
                        found.add(read(rows));
                    }
                    return found;
                }
            }
        }

        String sql(EventQuery query) {
            where("id < ?", query.after());
            where("kind = ?", query.kind());
            where("actor = ?", query.actor());
            where("account = ?", query.account());
            String time = Columns.timeFilter("happened_at", query.from(), query.until());
            where(time + " >= ?", Columns.millis(query.from()));
            where(time + " < ?", Columns.millis(query.until()));
            arguments.add(query.limit());
            return SELECT
                    + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
                    + " ORDER BY id DESC LIMIT ?";
        }

        private void where(String condition, @Nullable Object argument) {
            if (argument != null) {
                conditions.add(condition);
                arguments.add(argument);
            }
        }
    }
}
