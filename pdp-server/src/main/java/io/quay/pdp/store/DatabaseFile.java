package io.quay.pdp.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// The SQLite file: its connections, all set up alike, and its tables.
final class DatabaseFile {
    /// How long a connection waits for a lock, and a reader for a connection.
    static final int BUSY_MILLIS = 5_000;

    /// How long the write-ahead log becomes before a commit copies it into the file, 8 MiB: often
    /// enough that it stays short, seldom enough that hardly a decision waits for that.
    private static final int CHECKPOINT_PAGES = 2_048;

    private final Path file;

    DatabaseFile(Path file) {
        this.file = file;
    }

    Connection connect() throws SQLException {
        Connection connection = source(false).getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    Connection connectToRead() throws SQLException {
        return source(true).getConnection();
    }

    /// Brings the tables to this version. Forward only: a file that a newer version has written is
    /// refused.
    void migrate() {
        flyway(false).migrate();
    }

    /// Refuses a file whose tables are not those of this version, and leaves it as it is.
    void requireCurrent() {
        MigrationInfoService tables = flyway(true).info();
        if (tables.pending().length > 0) {
            throw new StoreException(
                    "`"
                            + file
                            + "` was written by an earlier version: start this version's server on it once, or use that version's pdp");
        }
        for (MigrationInfo applied : tables.applied()) {
            if (applied.getState() == MigrationState.FUTURE_SUCCESS) {
                throw new StoreException(
                        "`" + file + "` was written by a newer version: use that version's pdp");
            }
        }
    }

    private Flyway flyway(boolean readOnly) {
        return Flyway.configure(DatabaseFile.class.getClassLoader())
                .dataSource(source(readOnly))
                .locations("classpath:db/migration")
                .ignoreMigrationPatterns(new String[0])
                .cleanDisabled(true)
                .load();
    }

    private SQLiteDataSource source(boolean readOnly) {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setReadOnly(readOnly);
        var source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }
}
