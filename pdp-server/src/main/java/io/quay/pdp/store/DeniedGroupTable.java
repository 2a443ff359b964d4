package io.quay.pdp.store;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.identity.EntityRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table of denials that are counted together. A group's row is changed in place while its
/// minute may still be counted in, then linked into the chain and changed no more.
final class DeniedGroupTable {
    static final String COLUMNS =
            """
            id, window_start, caller, principal_type, principal_id, action, cause, denials, linked\
            """;

    private static final String COUNT =
            "INSERT INTO denied_group ("
                    + COLUMNS
                    + """
                    ) VALUES (?,?,?,?,?,?,?,?,0)
                    ON CONFLICT (id) DO UPDATE SET denials = denials + excluded.denials
                        WHERE linked = 0
                    """;

    private DeniedGroupTable() {}

    /// Adds so many denials to each group.
    static void count(Connection connection, Map<DeniedGroup, Integer> denials)
            throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(COUNT)) {
            for (Map.Entry<DeniedGroup, Integer> each : denials.entrySet()) {
                bind(upsert, each.getKey(), each.getValue());
                if (upsert.executeUpdate() != 1) {
                    throw new AuditUnavailableException(
                            "the denial comes after its minute was closed");
                }
            }
        }
    }

    private static void bind(PreparedStatement upsert, DeniedGroup group, int denials)
            throws SQLException {
        EntityRef principal = group.principal();
        upsert.setString(1, group.id());
        upsert.setLong(2, group.window().toEpochMilli());
        upsert.setString(3, group.caller());
        upsert.setString(4, principal == null ? null : principal.type());
        upsert.setString(5, principal == null ? null : principal.id());
        upsert.setString(6, group.action());
        upsert.setString(7, group.cause());
        upsert.setInt(8, denials);
    }

    /// Closes and links the groups of minutes that began before the moment.
    static void finish(Connection connection, AuditChain chain, Instant before)
            throws SQLException {
        List<AuditChain.Recorded> open = open(connection, before);
        if (open.isEmpty()) {
            return;
        }
        try (PreparedStatement close =
                connection.prepareStatement("UPDATE denied_group SET linked = 1 WHERE id = ?")) {
            for (AuditChain.Recorded each : open) {
                close.setString(1, each.id());
                close.addBatch();
            }
            close.executeBatch();
        }
        chain.link(connection, open);
    }

    private static List<AuditChain.Recorded> open(Connection connection, Instant before)
            throws SQLException {
        long limit = before.equals(Instant.MAX) ? Long.MAX_VALUE : before.toEpochMilli();
        return AuditChain.Recorded.ofKind(
                connection,
                RecordKind.DENIALS,
                "SELECT id FROM denied_group WHERE linked = 0 AND window_start < "
                        + limit
                        + " ORDER BY id");
    }

    static boolean anyOpen(Connection connection) throws SQLException {
        return !open(connection, Instant.MAX).isEmpty();
    }

    /// Oldest first.
    ///
    /// @param after only those behind this id; null = from the first
    static List<DeniedGroup.Counted> find(Connection connection, @Nullable String after, int limit)
            throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT "
                                + COLUMNS
                                + " FROM denied_group WHERE id > ? ORDER BY id LIMIT ?")) {
            select.setString(1, after == null ? "" : after);
            select.setInt(2, limit);
            try (ResultSet rows = select.executeQuery()) {
                List<DeniedGroup.Counted> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(read(rows));
                }
                return found;
            }
        }
    }

    private static DeniedGroup.Counted read(ResultSet row) throws SQLException {
        String type = row.getString(4);
        return new DeniedGroup.Counted(
                new DeniedGroup(
                        row.getString(1),
                        Instant.ofEpochMilli(row.getLong(2)),
                        row.getString(3),
                        type == null ? null : new EntityRef(type, row.getString(5)),
                        row.getString(6),
                        row.getString(7)),
                row.getLong(8));
    }
}
