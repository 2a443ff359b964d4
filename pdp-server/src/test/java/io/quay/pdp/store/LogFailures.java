package io.quay.pdp.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// Makes the decision log of a running server fail, from a connection of its own: SQLite answers a
/// full disk and a trigger that raises with the same failed insert.
public final class LogFailures {
    private LogFailures() {}

    public static void begin(Path file) {
        execute(
                file,
                "CREATE TRIGGER full BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'full'); END");
    }

    public static void end(Path file) {
        execute(file, "DROP TRIGGER full");
    }

    private static void execute(Path file, String sql) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 5000");
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
