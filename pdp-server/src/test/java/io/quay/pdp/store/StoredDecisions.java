package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads the decision log of a server that has ended.
public final class StoredDecisions {
    private StoredDecisions() {}

    /// All, newest first.
    public static List<DecisionRecord> read(Path file) {
        List<DecisionRecord> all = new ArrayList<>();
        try (Database database = Database.open(file);
                SqliteDecisionLog log =
                        new SqliteDecisionLog(
                                database,
                                SqliteDecisionLog.Durability.SYNC,
                                SqliteDecisionLog.Limits.defaults())) {
            DecisionQuery query = DecisionQuery.latest(DecisionQuery.MAX_LIMIT);
            for (List<DecisionRecord> page = log.find(query);
                    !page.isEmpty();
                    page = log.find(query.after(page.getLast().id()))) {
                all.addAll(page);
            }
        }
        return all;
    }
}
