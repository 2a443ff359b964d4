package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatabaseTest {
    @TempDir private Path temporary;

    @Test
    void createsItsDirectoryAndFilesForTheOwnerAlone() throws IOException {
        Path directory = temporary.resolve("a/b");
        Path file = directory.resolve("pdp.db");
        try (Database database = Database.open(file)) {
            execute(database, "CREATE TABLE t (x INTEGER) STRICT");

            assertThat(permissions(directory)).isEqualTo("rwx------");
            try (var files = Files.list(directory)) {
                assertThat(files.map(DatabaseTest::permissions)).containsOnly("rw-------");
            }
        }
    }

    @Test
    void takesTheRightsOfOthersFromAnExistingFile() throws IOException {
        Path file = Files.createFile(temporary.resolve("pdp.db"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        Database.open(file).close();
        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void everyConnectionIsSetUpAlike() {
        try (Database database = Database.open(temporary.resolve("pdp.db"))) {
            for (String pragma : new String[] {"journal_mode", "foreign_keys", "busy_timeout"}) {
                String written = database.write(connection -> pragma(connection, pragma));
                String read = database.read(connection -> pragma(connection, pragma));
                assertThat(read).as(pragma).isEqualTo(written);
            }
            assertThat(database.<String>write(connection -> pragma(connection, "journal_mode")))
                    .isEqualTo("wal");
            assertThat(database.<String>write(connection -> pragma(connection, "synchronous")))
                    .isEqualTo("2");
            assertThat(database.<String>write(connection -> pragma(connection, "foreign_keys")))
                    .isEqualTo("1");
        }
    }

    @Test
    void readersCannotWrite() {
        try (Database database = Database.open(temporary.resolve("pdp.db"))) {
            assertThatThrownBy(() ->
                            database.read(
                                    connection -> run(connection, "CREATE TABLE t (x INTEGER)")))
                    .isInstanceOf(StoreException.class);
        }
    }

    @Test
    void aWriteThatThrowsLeavesNothingAndTheNextOneWorks() {
        try (Database database = Database.open(temporary.resolve("pdp.db"))) {
            execute(database, "CREATE TABLE t (x INTEGER) STRICT");
            assertThatThrownBy(() ->
                            database.write(connection -> {
                                run(connection, "INSERT INTO t VALUES (1)");
                                throw new IllegalStateException("half way");
                            }))
                    .hasMessage("half way");
            execute(database, "INSERT INTO t VALUES (2)");

            assertThat(database.<String>read(c -> first(c, "SELECT group_concat(x) FROM t")))
                    .isEqualTo("2");
        }
    }

    @Test
    void openingAgainKeepsWhatWasWritten() {
        Path file = temporary.resolve("pdp.db");
        try (Database database = Database.open(file)) {
            execute(database, "CREATE TABLE t (x INTEGER) STRICT");
            execute(database, "INSERT INTO t VALUES (1)");
        }
        try (Database database = Database.open(file)) {
            assertThat(database.<String>read(c -> first(c, "SELECT x FROM t"))).isEqualTo("1");
        }
    }

    @Test
    void aFileOfANewerVersionIsRefused() {
        Path file = temporary.resolve("pdp.db");
        try (Database database = Database.open(file)) {
            execute(
                    database,
                    """
                    INSERT INTO flyway_schema_history VALUES
                        (99, '999', 'later', 'SQL', 'V999__later.sql', 1, 'x', '2030-01-01 00:00:00.0', 1, 1)
                    """);
        }
        assertThatThrownBy(() -> Database.open(file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("999");
    }

    @Test
    void aDirectoryIsUsedOnceAndFreeAfterClose() {
        Path file = temporary.resolve("pdp.db");
        Database held = Database.open(file);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Database.open(file))
                    .isInstanceOf(StoreException.class)
                    .hasMessage("data directory `" + temporary + "` is in use by this process");
        }
        held.close();
        held.close();
        Database.open(file).close();
    }

    @Test
    void aDirectoryThatAnotherProcessUsesIsRefusedByName() throws Exception {
        Path file = temporary.resolve("pdp.db");
        Process child = ChildProcess.start(HoldingProcess.class, file);
        try (var output = child.inputReader()) {
            assertThat(output.lines().anyMatch("open"::equals)).isTrue();
            assertThatThrownBy(() -> Database.open(file))
                    .hasMessage(
                            "data directory `%s` is in use by process %d"
                                    .formatted(temporary, child.pid()));
            child.destroyForcibly().waitFor();
            Database.open(file).close();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void somethingThatIsNoDatabaseIsRefusedAndTheDirectoryFree() throws IOException {
        Path file = temporary.resolve("pdp.db");
        Files.writeString(
                file, "this is not a database, however long one reads on in it ".repeat(9));

        assertThatThrownBy(() -> Database.open(file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString());
        Database.open(temporary.resolve("other.db")).close();
    }

    private static void execute(Database database, String sql) {
        database.write(connection -> run(connection, sql));
    }

    private static boolean run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        return first(connection, "PRAGMA " + name);
    }

    private static String first(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
