package io.quay.pdp.store;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bytes that stand for a row in the chain: for each column its type and its content, texts
/// with their length before them, so that no two different rows give the same bytes.
final class CanonicalRow {
    private CanonicalRow() {}

    /// @param columns texts, whole numbers and nulls
    static byte[] of(List<? extends @Nullable Object> columns) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        for (Object column : columns) {
            switch (column) {
                case null -> bytes.write('n');
                case Integer number -> number(bytes, number);
                case Long number -> number(bytes, number);
                case String text -> content(bytes, 't', text.getBytes(StandardCharsets.UTF_8));
                case byte[] blob -> content(bytes, 'b', blob);
                // nothing of ours: a file whose tables were altered
                default -> content(bytes, 'x', column.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    private static void number(ByteArrayOutputStream bytes, long number) {
        bytes.write('i');
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    private static void content(ByteArrayOutputStream bytes, char type, byte[] content) {
        bytes.write(type);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(content.length).array());
        bytes.writeBytes(content);
    }

    /// @param width how many columns, from the first
    static byte[] of(ResultSet row, int width) throws SQLException {
        List<@Nullable Object> columns = new ArrayList<>(width);
        for (int i = 1; i <= width; i++) {
            columns.add(row.getObject(i));
        }
        return of(columns);
    }
}
