package io.quay.pdp.policy;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Something wrong with a policy repository, and where.
///
/// @param rule a stable name: `parse`, `schema`, `accounts`, … or a lint rule's
/// @param file relative to the directory that was loaded
/// @param line from 1; 0 = the file as a whole
/// @param column from 1; 0 = the line as a whole
/// @param hint what to do about it
public record Problem(
        String rule, String file, int line, int column, String message, @Nullable String hint)
        implements Comparable<Problem> {
    private static final Comparator<Problem> ORDER =
            Comparator.comparing(Problem::file)
                    .thenComparingInt(Problem::line)
                    .thenComparingInt(Problem::column)
                    .thenComparing(Problem::rule)
                    .thenComparing(Problem::message);

    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /// `file:line:column: message [rule]; hint`.
    @Override
    public String toString() {
        String place = line == 0 ? file : file + ":" + line + (column == 0 ? "" : ":" + column);
        return place + ": " + message + " [" + rule + "]" + (hint == null ? "" : "; " + hint);
    }
}
