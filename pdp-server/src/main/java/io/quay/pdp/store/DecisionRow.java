package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.EntityRef;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A decision as a row of its table: the columns, their order, and both ways across.
///
/// @param policies as JSON text, made on the caller's thread to keep the writer's work small
/// @param parameters likewise
record DecisionRow(DecisionRecord decision, String policies, String parameters) {
    /// The columns that rows had before they told the token.
    static final String EARLIER_COLUMNS =
            """
            id, decided_at, caller, request_id, principal_type, principal_id, workload_type,
            workload_id, action, resource_type, resource_id, allowed, cause, policies,
            policy_version, parameters, mutates\
            """;

    static final String COLUMNS = EARLIER_COLUMNS + ", token_id";

    private static final int WIDTH = 18;

    static final String INSERT =
            "INSERT INTO decision (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    static final String SELECT = "SELECT " + COLUMNS + " FROM decision";

    static DecisionRow of(DecisionRecord decision) {
        return new DecisionRow(
                decision,
                ValueJson.names(decision.policies()),
                ValueJson.fields(decision.parameters()));
    }

    /// What the columns hold, in their order.
    List<@Nullable Object> columns() {
        List<@Nullable Object> columns = new ArrayList<>(WIDTH);
        columns.add(decision.id());
        columns.add(decision.time().toEpochMilli());
        columns.add(decision.caller());
        columns.add(decision.requestId());
        add(columns, decision.principal());
        add(columns, decision.workload());
        columns.add(decision.action());
        add(columns, decision.resource());
        columns.add(decision.allowed() ? 1 : 0);
        columns.add(decision.cause());
        columns.add(policies);
        columns.add(decision.policyVersion());
        columns.add(parameters);
        columns.add(decision.mutates() ? 1 : 0);
        columns.add(decision.tokenId());
        return columns;
    }

    private static void add(List<@Nullable Object> columns, @Nullable EntityRef ref) {
        columns.add(ref == null ? null : ref.type());
        columns.add(ref == null ? null : ref.id());
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
                ValueJson.fields(row.getString(16)),
                row.getInt(17) == 1,
                row.getString(18));
    }

    private static @Nullable EntityRef ref(ResultSet row, int column) throws SQLException {
        String type = row.getString(column);
        return type == null ? null : new EntityRef(type, row.getString(column + 1));
    }
}
