package io.quay.pdp.store;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The table of what became of calls.
final class CallTable {
    static final String COLUMNS =
            """
            id, ended_at, decision_id, state, status, millis, request_id, credential, method,
            action, source_ip\
            """;

    private static final int WIDTH = 11;

    static final String INSERT =
            "INSERT INTO quay_call (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?)";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM quay_call";
    private static final Map<String, State> STATES =
            Stream.of(State.values())
                    .collect(Collectors.toUnmodifiableMap(State::code, Function.identity()));

    private CallTable() {}

    /// What the columns hold, in their order.
    static List<@Nullable Object> columns(CallRecord call) {
        List<@Nullable Object> columns = new ArrayList<>(WIDTH);
        columns.add(call.id());
        columns.add(call.time().toEpochMilli());
        columns.add(call.decisionId());
        columns.add(call.state().code());
        columns.add(call.status());
        columns.add(call.millis());
        columns.add(call.requestId());
        columns.add(call.credential());
        columns.add(call.method());
        columns.add(call.action());
        columns.add(call.sourceIp());
        return columns;
    }

    static Map<String, CallRecord> endsOf(Connection connection, Collection<String> decisionIds)
            throws SQLException {
        if (decisionIds.isEmpty()) {
            return Map.of();
        }
        String marks = String.join(",", Collections.nCopies(decisionIds.size(), "?"));
        try (PreparedStatement select =
                connection.prepareStatement(SELECT + " WHERE decision_id IN (" + marks + ")")) {
            int at = 1;
            for (String id : decisionIds) {
                select.setString(at++, id);
            }
            Map<String, CallRecord> ends = new HashMap<>();
            for (CallRecord call : fetch(select)) {
                ends.put(String.valueOf(call.decisionId()), call);
            }
            return ends;
        }
    }

    /// Oldest first.
    ///
    /// @param after only those behind this id; null = from the first
    static List<CallRecord> find(Connection connection, @Nullable String after, int limit)
            throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(SELECT + " WHERE id > ? ORDER BY id LIMIT ?")) {
            select.setString(1, after == null ? "" : after);
            select.setInt(2, limit);
            return fetch(select);
        }
    }

    /// The gateway's allowed decisions of which nothing says how the call ended.
    static List<String> unfinished(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                """
                                SELECT id FROM decision INDEXED BY decision_of_gateway
                                WHERE caller = 'pdp:gateway' AND allowed = 1 AND id NOT IN
                                    (SELECT decision_id FROM quay_call WHERE decision_id IS NOT NULL)
                                ORDER BY id
                                """)) {
            List<String> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
            return ids;
        }
    }

    private static List<CallRecord> fetch(PreparedStatement select) throws SQLException {
        try (ResultSet rows = select.executeQuery()) {
            List<CallRecord> found = new ArrayList<>();
            while (rows.next()) {
                found.add(read(rows));
            }
            return found;
        }
    }

    private static CallRecord read(ResultSet row) throws SQLException {
        State state = STATES.get(row.getString(4));
        if (state == null) {
            throw new StoreException("a call of unknown state `" + row.getString(4) + "`");
        }
        int status = row.getInt(5);
        Integer knownStatus = row.wasNull() ? null : status;
        long millis = row.getLong(6);
        Long knownMillis = row.wasNull() ? null : millis;
        Instant time = Columns.time(row, 2);
        return new CallRecord(
                row.getString(1),
                time,
                row.getString(3),
                state,
                knownStatus,
                knownMillis,
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getString(11));
    }
}
