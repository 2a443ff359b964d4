package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.EntityRef;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A decision as a row of its table: the columns, their order, and both ways across.
///
/// @param policies as JSON text, made on the caller's thread to keep the writer's work small
/// @param parameters likewise
record DecisionRow(DecisionRecord decision, String policies, String parameters) {
    private static final String COLUMNS =
            """
            id, decided_at, caller, request_id, principal_type, principal_id, workload_type,
            workload_id, action, resource_type, resource_id, allowed, cause, policies,
            policy_version, parameters\
            """;

    static final String INSERT =
            "INSERT INTO decision (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    static final String SELECT = "SELECT " + COLUMNS + " FROM decision";

    static DecisionRow of(DecisionRecord decision) {
        return new DecisionRow(
                decision,
                ValueJson.names(decision.policies()),
                ValueJson.fields(decision.parameters()));
    }

    void bind(PreparedStatement insert) throws SQLException {
        insert.setString(1, decision.id());
        insert.setLong(2, decision.time().toEpochMilli());
        insert.setString(3, decision.caller());
        insert.setString(4, decision.requestId());
        bind(insert, 5, decision.principal());
        bind(insert, 7, decision.workload());
        insert.setString(9, decision.action());
        bind(insert, 10, decision.resource());
        insert.setInt(12, decision.allowed() ? 1 : 0);
        insert.setString(13, decision.cause());
        insert.setString(14, policies);
        insert.setString(15, decision.policyVersion());
        insert.setString(16, parameters);
    }

    private static void bind(PreparedStatement insert, int column, @Nullable EntityRef ref)
            throws SQLException {
        insert.setString(column, ref == null ? null : ref.type());
        insert.setString(column + 1, ref == null ? null : ref.id());
    }

    static DecisionRecord read(ResultSet row) throws SQLException {
        return new DecisionRecord(
                row.getString(1),
                Instant.ofEpochMilli(row.getLong(2)),
                row.getString(3),
                row.getString(4),
                ref(row, 5),
                ref(row, 7),
                row.getString(9),
                ref(row, 10),
                row.getInt(12) == 1,
                row.getString(13),
                ValueJson.names(row.getString(14)),
                row.getString(15),
                ValueJson.fields(row.getString(16)));
    }

    private static @Nullable EntityRef ref(ResultSet row, int column) throws SQLException {
        String type = row.getString(column);
        return type == null ? null : new EntityRef(type, row.getString(column + 1));
    }
}
