package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.EntityRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A query as SQL text with its arguments. Made for one use.
final class DecisionSelect {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> arguments = new ArrayList<>();

    static List<DecisionRecord> run(Connection connection, DecisionQuery query)
            throws SQLException {
        return new DecisionSelect().fetch(connection, query);
    }

    private List<DecisionRecord> fetch(Connection connection, DecisionQuery query)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql(query))) {
            for (int i = 0; i < arguments.size(); i++) {
                select.setObject(i + 1, arguments.get(i));
            }
            try (ResultSet rows = select.executeQuery()) {
                List<DecisionRecord> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(DecisionRow.read(rows));
                }
                return found;
            }
        }
    }

    String sql(DecisionQuery query) {
        boolean newestFirst =
                switch (query.order()) {
                    case NEWEST_FIRST -> true;
                    case OLDEST_FIRST -> false;
                };
        where("id = ?", query.id());
        where(newestFirst ? "id < ?" : "id > ?", query.after());
        where("principal", query.principal());
        where("action = ?", query.action());
        where("resource", query.resource());
        where("allowed = ?", query.allowed() == null ? null : query.allowed() ? 1 : 0);
        where("cause = ?", query.cause());
        String time = Columns.timeFilter("decided_at", query.from(), query.until());
        where(time + " >= ?", Columns.millis(query.from()));
        where(time + " < ?", Columns.millis(query.until()));
        arguments.add(query.limit());
        return DecisionRow.SELECT
                + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
                + (newestFirst ? " ORDER BY id DESC" : " ORDER BY id")
                + " LIMIT ?";
    }

    private void where(String condition, @Nullable Object argument) {
        if (argument != null) {
            conditions.add(condition);
            arguments.add(argument);
        }
    }

    private void where(String prefix, @Nullable EntityRef ref) {
        if (ref != null) {
            where(prefix + "_type = ?", (Object) ref.type());
            where(prefix + "_id = ?", (Object) ref.id());
        }
    }
}
