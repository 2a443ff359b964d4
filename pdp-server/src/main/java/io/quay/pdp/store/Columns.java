package io.quay.pdp.store;

import io.quay.pdp.identity.Value;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How times, sets and maps are kept in columns: times as milliseconds since the epoch (what is
/// finer is cut off), the rest as JSON text, sorted, so that equal ones are equal text.
final class Columns {
    private Columns() {}

    static void time(PreparedStatement statement, int column, @Nullable Instant time)
            throws SQLException {
        if (time == null) {
            statement.setNull(column, Types.BIGINT);
        } else {
            statement.setLong(column, time.toEpochMilli());
        }
    }

    static Instant time(ResultSet row, int column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }

    static @Nullable Instant timeOrNull(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    /// A column of times, for comparisons in a query that is ordered by id. Its index is of use for
    /// a span with both ends; with one end, what matches is better met in the order of the ids than
    /// found and sorted, and the `+` keeps the index out of it.
    static String timeFilter(String column, @Nullable Instant from, @Nullable Instant until) {
        return from == null || until == null ? "+" + column : column;
    }

    static String names(Collection<String> names) {
        return ValueJson.names(List.copyOf(names));
    }

    static Set<String> names(String json) {
        return new LinkedHashSet<>(ValueJson.names(json));
    }

    static String texts(Map<String, String> texts) {
        Map<String, Value> values = new LinkedHashMap<>();
        texts.forEach((name, text) -> values.put(name, Value.of(text)));
        return ValueJson.fields(values);
    }

    static Map<String, String> texts(String json) {
        Map<String, String> texts = new LinkedHashMap<>();
        ValueJson.fields(json)
                .forEach((name, value) -> {
                    if (!(value instanceof Value.Text(String text))) {
                        throw new StoreException("a stored map has a value that is no text");
                    }
                    texts.put(name, text);
                });
        return texts;
    }
}
