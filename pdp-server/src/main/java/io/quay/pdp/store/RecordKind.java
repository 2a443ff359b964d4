package io.quay.pdp.store;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The kinds of records that the chain covers. Name, columns and their order are part of every
/// link's MAC: a table that gets another column needs a kind of its own for rows from then on.
enum RecordKind {
    /// Decisions that were recorded before records told the token: they tell none.
    EARLIER_DECISION("decision", "decision", DecisionRow.EARLIER_COLUMNS, "decided_at"),
    DECISION("decision-2", "decision", DecisionRow.COLUMNS, "decided_at"),
    EVENT("event", "event", EventTable.COLUMNS, "happened_at"),
    CALL("call", "quay_call", CallTable.COLUMNS, "ended_at"),
    DENIALS("denials", "denied_group", DeniedGroupTable.COLUMNS, "window_start");

    private final String code;
    private final String table;
    private final String columns;
    private final String time;

    RecordKind(String code, String table, String columns, String time) {
        this.code = code;
        this.table = table;
        this.columns = columns;
        this.time = time;
    }

    static Optional<RecordKind> find(String code) {
        return Arrays.stream(values()).filter(kind -> kind.code.equals(code)).findFirst();
    }

    String code() {
        return code;
    }

    String table() {
        return table;
    }

    /// One record as the chain sees it, and then its time in milliseconds.
    String selectById() {
        return "SELECT "
                + columns
                + ", "
                + time
                + " FROM "
                + table
                + " WHERE id = ?"
                + (this == EARLIER_DECISION ? " AND token_id IS NULL" : "");
    }

    int width() {
        return columns.split(",", -1).length;
    }

    /// The codes of all kinds of the table, as a list for SQL.
    String codesOfTable() {
        return Arrays.stream(values())
                .filter(kind -> kind.table.equals(table))
                .map(kind -> "'" + kind.code + "'")
                .collect(Collectors.joining(","));
    }

    /// Which rows of the table have to have a link.
    String finished() {
        return this == DENIALS ? "linked = 1" : "TRUE";
    }
}
