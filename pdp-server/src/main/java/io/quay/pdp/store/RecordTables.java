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

    private final KeptInsert decisions = new KeptInsert(DecisionRow.INSERT);
    private final KeptInsert calls = new KeptInsert(CallTable.INSERT);

    RecordTables(Database database) {
        this.database = database;
        this.assertions = new SqliteSpentAssertions(database);
        this.exchanges = new SqliteExchanges(database);
        this.names = new SqliteWorkloadNames(database);
    }

    /// All of them, or none.
    void insert(List<Entry> entries) {
        database.write(connection -> {
            decisions.on(connection);
            calls.on(connection);
            Map<DeniedGroup, Integer> denials = new LinkedHashMap<>();
            try (Links links = AuditChain.links(database, connection)) {
                for (Entry entry : entries) {
                    switch (entry) {
                        case Entry.OfDecision(DecisionRow row) -> {
                            List<?> columns = row.columns();
                            decisions.add(columns);
                            links.add(
                                    RecordKind.DECISION,
                                    row.decision().id(),
                                    CanonicalRow.of(columns));
                        }
                        case Entry.OfEvent event -> insert(connection, event, links);
                        case Entry.OfCall(CallRecord call, _) -> {
                            List<?> columns = CallTable.columns(call);
                            calls.add(columns);
                            links.add(RecordKind.CALL, call.id(), CanonicalRow.of(columns));
                        }
                        case Entry.OfDenial(DeniedGroup group) ->
                                denials.merge(group, 1, Integer::sum);
                    }
                }
                decisions.write();
                calls.write();
                links.write();
            } finally {
                decisions.clear();
                calls.clear();
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
            decisions.on(connection);
            try {
                decisions.add(PROBE.columns());
                decisions.write();
            } finally {
                decisions.clear();
            }
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM decision WHERE id = ?")) {
                delete.setString(1, PROBE.decision().id());
                return delete.executeUpdate();
            }
        });
    }
}
