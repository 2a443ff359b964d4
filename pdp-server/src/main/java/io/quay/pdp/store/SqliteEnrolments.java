package io.quay.pdp.store;

import io.quay.pdp.accounts.Enrolment;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.audit.Event;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What this server made in Quay for its accounts, in SQLite. Safe for use by any number of
/// threads. All methods throw [io.quay.pdp.accounts.Store.StorageException].
public final class SqliteEnrolments implements Enrolments {
    private static final String ENROLMENT =
            "SELECT account_id, organization, name, state, since FROM quay_enrolment";

    private final Database database;
    private final EventTable events;

    public SqliteEnrolments(Database database) {
        this.database = database;
        this.events = new EventTable(database);
    }

    @Override
    public Optional<Enrolment> find(String accountId, String organization) {
        return Transaction.<List<Enrolment>>read(
                        database,
                        transaction ->
                                transaction.select(
                                        ENROLMENT + " WHERE account_id = ? AND organization = ?",
                                        select -> {
                                            select.setString(1, accountId);
                                            select.setString(2, organization);
                                        },
                                        SqliteEnrolments::enrolment))
                .stream()
                .findFirst();
    }

    @Override
    public List<Enrolment> all() {
        return Transaction.<List<Enrolment>>read(
                database,
                transaction ->
                        transaction.select(
                                ENROLMENT + " ORDER BY account_id, organization",
                                Transaction.NONE,
                                SqliteEnrolments::enrolment));
    }

    private static Enrolment enrolment(ResultSet row) throws SQLException {
        return new Enrolment(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                Enrolment.State.valueOf(row.getString(4)),
                Columns.time(row, 5));
    }

    @Override
    public Optional<Enrolment.Team> team(String organization) {
        return Transaction.<List<Enrolment.Team>>read(
                        database,
                        transaction ->
                                transaction.select(
                                        """
                                        SELECT organization, name, marker, state, since
                                        FROM quay_team WHERE organization = ?
                                        """,
                                        select -> select.setString(1, organization),
                                        row ->
                                                new Enrolment.Team(
                                                        row.getString(1),
                                                        row.getString(2),
                                                        row.getString(3),
                                                        Enrolment.State.valueOf(row.getString(4)),
                                                        Columns.time(row, 5))))
                .stream()
                .findFirst();
    }

    @Override
    public List<Enrolment.User> users() {
        return Transaction.<List<Enrolment.User>>read(
                database,
                transaction ->
                        transaction.select(
                                """
                                SELECT account_id, name, seen_at, disabled_at, enabled_before
                                FROM quay_user ORDER BY account_id
                                """,
                                Transaction.NONE,
                                row ->
                                        new Enrolment.User(
                                                row.getString(1),
                                                row.getString(2),
                                                Columns.time(row, 3),
                                                row.getObject(4) != null,
                                                row.getObject(5) == null
                                                        ? null
                                                        : row.getBoolean(5))));
    }

    @Override
    public void keep(Enrolment enrolment, @Nullable Event event) {
        write(
                event,
                transaction ->
                        transaction.update(
                                "the enrolment",
                                """
                                INSERT OR REPLACE INTO quay_enrolment
                                    (account_id, organization, name, state, since)
                                VALUES (?,?,?,?,?)
                                """,
                                insert -> {
                                    insert.setString(1, enrolment.accountId());
                                    insert.setString(2, enrolment.organization());
                                    insert.setString(3, enrolment.name());
                                    insert.setString(4, enrolment.state().name());
                                    Columns.time(insert, 5, enrolment.since());
                                }));
    }

    @Override
    public void keep(Enrolment.Team team, @Nullable Event event) {
        write(
                event,
                transaction ->
                        transaction.update(
                                "the team",
                                """
                                INSERT OR REPLACE INTO quay_team
                                    (organization, name, marker, state, since)
                                VALUES (?,?,?,?,?)
                                """,
                                insert -> {
                                    insert.setString(1, team.organization());
                                    insert.setString(2, team.name());
                                    insert.setString(3, team.marker());
                                    insert.setString(4, team.state().name());
                                    Columns.time(insert, 5, team.since());
                                }));
    }

    @Override
    public void keep(Enrolment.User user, @Nullable Event event) {
        Instant disabledAt = user.disabled() ? user.seenAt() : null;
        write(
                event,
                transaction ->
                        transaction.update(
                                "the user",
                                """
                                INSERT OR REPLACE INTO quay_user
                                    (account_id, name, seen_at, disabled_at, enabled_before)
                                VALUES (?,?,?,?,?)
                                """,
                                insert -> {
                                    insert.setString(1, user.accountId());
                                    insert.setString(2, user.name());
                                    Columns.time(insert, 3, user.seenAt());
                                    Columns.time(insert, 4, disabledAt);
                                    insert.setObject(5, user.enabledBefore());
                                }));
    }

    @Override
    public void remove(Enrolment enrolment, Enrolment.@Nullable Team team, @Nullable Event event) {
        write(
                event,
                transaction -> {
                    transaction.update(
                            "the enrolment",
                            "DELETE FROM quay_enrolment WHERE account_id = ? AND organization = ?",
                            delete -> {
                                delete.setString(1, enrolment.accountId());
                                delete.setString(2, enrolment.organization());
                            });
                    if (team != null) {
                        transaction.update(
                                "the team",
                                "DELETE FROM quay_team WHERE organization = ?",
                                delete -> delete.setString(1, team.organization()));
                    }
                });
    }

    @Override
    public void remove(Enrolment.User user, @Nullable Event event) {
        write(
                event,
                transaction ->
                        transaction.update(
                                "the user",
                                "DELETE FROM quay_user WHERE account_id = ?",
                                delete -> delete.setString(1, user.accountId())));
    }

    @FunctionalInterface
    private interface Change {
        void in(Transaction transaction);
    }

    private void write(@Nullable Event event, Change change) {
        Transaction.<Integer>write(
                database,
                transaction -> {
                    change.in(transaction);
                    return event == null
                            ? 0
                            : transaction.attempt(
                                    "the event",
                                    connection -> {
                                        events.append(connection, event);
                                        return 1;
                                    });
                });
    }
}
