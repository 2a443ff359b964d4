package io.quay.pdp.store;

import io.quay.pdp.accounts.Suspension;
import io.quay.pdp.accounts.Suspensions;
import io.quay.pdp.audit.Event;
import java.util.List;

/// Suspensions of grants, in SQLite. Safe for use by any number of threads.
public final class SqliteSuspensions implements Suspensions {
    private final Database database;
    private final EventTable events;

    public SqliteSuspensions(Database database) {
        this.database = database;
        this.events = new EventTable(database);
    }

    @Override
    public List<Suspension> all() {
        return Transaction.<List<Suspension>>read(
                database,
                transaction ->
                        transaction.select(
                                """
                                SELECT organization, decision_id, operation, since
                                FROM grant_suspension ORDER BY since, decision_id
                                """,
                                Transaction.NONE,
                                row ->
                                        new Suspension(
                                                row.getString(1),
                                                row.getString(2),
                                                row.getString(3),
                                                Columns.time(row, 4))));
    }

    @Override
    public void add(List<Suspension> suspensions, List<Event> happened) {
        write(
                "INSERT INTO grant_suspension (decision_id, organization, operation, since) VALUES (?,?,?,?)",
                suspensions,
                happened,
                true);
    }

    @Override
    public void remove(List<Suspension> suspensions, List<Event> happened) {
        write(
                "DELETE FROM grant_suspension WHERE decision_id = ? AND organization = ?",
                suspensions,
                happened,
                false);
    }

    private void write(
            String sql, List<Suspension> suspensions, List<Event> happened, boolean whole) {
        Transaction.<Integer>write(
                database,
                transaction -> {
                    for (Suspension each : suspensions) {
                        transaction.update(
                                "the suspension",
                                sql,
                                row -> {
                                    row.setString(1, each.decisionId());
                                    row.setString(2, each.organization());
                                    if (whole) {
                                        row.setString(3, each.operation());
                                        Columns.time(row, 4, each.since());
                                    }
                                });
                    }
                    return transaction.attempt(
                            "the events",
                            connection -> {
                                for (Event each : happened) {
                                    events.append(connection, each);
                                }
                                return happened.size();
                            });
                });
    }
}
