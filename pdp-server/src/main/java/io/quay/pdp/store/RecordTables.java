package io.quay.pdp.store;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.EventLog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tables that records go to, a batch of them and their links in one transaction. `insert` and
/// `probe` are called by one thread.
final class RecordTables {
    private static final DecisionRow PROBE =
            new DecisionRow(
                    new DecisionRecord(
                            "probe",
                            Instant.EPOCH,
                            "",
                            null,
                            null,
                            null,
                            null,
                            null,
                            false,
                            null,
                            List.of(),
                            "",
                            Map.of(),
                            false),
                    "[]",
                    " ".repeat(16_384));

    private final Database database;
    private final SqliteSpentAssertions assertions;
    private final SqliteExchanges exchanges;
    private final SqliteWorkloadNames names;

    /// Prepared once for as long as the database keeps the same connection for writing.
    private @Nullable PreparedStatement insert;

    RecordTables(Database database) {
        this.database = database;
        this.assertions = new SqliteSpentAssertions(database);
        this.exchanges = new SqliteExchanges(database);
        this.names = new SqliteWorkloadNames(database);
    }

    /// All of them, or none.
    void insert(List<Entry> entries) {
        database.write(connection -> {
            PreparedStatement decisions = insertOn(connection);
            Map<DeniedGroup, Integer> denials = new LinkedHashMap<>();
            try (Links links = AuditChain.links(database, connection)) {
                for (Entry entry : entries) {
                    switch (entry) {
                        case Entry.OfDecision(DecisionRow row) -> {
                            List<?> columns = row.columns();
                            bind(decisions, columns);
                            decisions.addBatch();
                            links.add(
                                    RecordKind.DECISION,
                                    row.decision().id(),
                                    CanonicalRow.of(columns));
                        }
                        case Entry.OfEvent event -> insert(connection, event, links);
                        case Entry.OfCall(CallRecord call) -> {
                            CallTable.insert(connection, call);
                            links.add(RecordKind.CALL, call.id());
                        }
                        case Entry.OfDenial(DeniedGroup group) ->
                                denials.merge(group, 1, Integer::sum);
                    }
                }
                decisions.executeBatch();
                links.write();
            } finally {
                decisions.clearBatch();
            }
            DeniedGroupTable.count(connection, denials);
            return true;
        });
    }

    private void insert(Connection connection, Entry.OfEvent entry, Links links)
            throws SQLException {
        EventTable.insert(connection, entry.event());
        links.add(RecordKind.EVENT, entry.event().id());
        for (EventLog.Companion companion : entry.companions()) {
            switch (companion) {
                case EventLog.Spent spent -> assertions.insert(connection, spent);
                case EventLog.Exchange exchange -> exchanges.insert(connection, exchange);
                case EventLog.Named thing -> names.keep(connection, thing);
            }
        }
    }

    private static void bind(PreparedStatement insert, List<?> columns) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            insert.setObject(i + 1, columns.get(i));
        }
    }

    /// Closes and links the counts of minutes that began before the moment.
    ///
    /// @return whether others stay open
    boolean finishDenials(Instant before) {
        AuditChain chain = database.chain();
        return chain != null
                && database.<Boolean>write(connection -> {
                    DeniedGroupTable.finish(connection, chain, before);
                    return DeniedGroupTable.anyOpen(connection);
                });
    }

    /// Does what a commit of a large record needs, space for new pages included, and leaves
    /// nothing.
    void probe() {
        database.write(connection -> {
            PreparedStatement statement = insertOn(connection);
            bind(statement, PROBE.columns());
            statement.executeUpdate();
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM decision WHERE id = ?")) {
                delete.setString(1, PROBE.decision().id());
                return delete.executeUpdate();
            }
        });
    }

    private PreparedStatement insertOn(Connection connection) throws SQLException {
        PreparedStatement current = insert;
        if (current == null || current.isClosed() || !current.getConnection().equals(connection)) {
            current = connection.prepareStatement(DecisionRow.INSERT);
            insert = current;
        }
        return current;
    }
}
