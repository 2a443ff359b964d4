package io.quay.pdp.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/// One SQLite file: a single connection that writes and two that read, so that no more than three
/// threads are ever inside the native library. Safe for use by any number of threads.
public final class Database implements AutoCloseable {
    private static final int READERS = 2;

    /// What is done with a connection. It must not keep the connection, commit or roll back.
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run(Connection connection) throws SQLException;
    }

    /// Null when opened to read only.
    private final @Nullable DataDirectory directory;

    private final DatabaseFile file;
    private final ReentrantLock writeLock = new ReentrantLock();
    private final List<Connection> readers;
    private final BlockingQueue<Connection> idleReaders;

    /// Guarded by writeLock; null after a failure that left it in doubt, until the next write.
    private @Nullable Connection writer;

    private boolean closed;
    private volatile @Nullable AuditChain chain;

    private Database(
            @Nullable DataDirectory directory, DatabaseFile file, List<Connection> readers) {
        this.directory = directory;
        this.file = file;
        this.readers = readers;
        this.idleReaders = new ArrayBlockingQueue<>(READERS, false, readers);
    }

    /// Claims the file's directory for this process, creates what is missing, and brings the tables
    /// to this version.
    ///
    /// @throws StoreException when the directory is in use or the file is unusable or of a newer
    ///   version
    public static Database open(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new StoreException("not a database file: `" + file + "`");
        }
        DataDirectory directory = DataDirectory.claim(parent);
        Database opened = null;
        try {
            DataDirectory.ownerOnly(absolute);
            DatabaseFile content = new DatabaseFile(absolute);
            content.migrate();
            opened = new Database(directory, content, connectToRead(content));
            return opened;
        } catch (IOException | SQLException | FlywayException e) {
            throw new StoreException("cannot open database `" + file + "`", e);
        } finally {
            if (opened == null) {
                directory.close();
            }
        }
    }

    /// Opens an existing file to read it as it is, also beside the server that uses it: nothing is
    /// claimed, made or migrated, and writing throws.
    ///
    /// @throws StoreException when the file is missing or unusable, or of another version
    public static Database openToRead(Path file) {
        DatabaseFile content = new DatabaseFile(file.toAbsolutePath().normalize());
        try {
            content.requireCurrent();
            return new Database(null, content, connectToRead(content));
        } catch (SQLException | FlywayException e) {
            throw new StoreException("cannot open database `" + file + "`", e);
        }
    }

    private static List<Connection> connectToRead(DatabaseFile content) throws SQLException {
        List<Connection> readers = new ArrayList<>();
        try {
            for (int i = 0; i < READERS; i++) {
                readers.add(content.connectToRead());
            }
            return List.copyOf(readers);
        } catch (SQLException e) {
            readers.forEach(Database::closeQuietly);
            throw e;
        }
    }

    /// Reads one consistent state of the file.
    <T extends @Nullable Object> T read(Work<T> work) {
        Connection reader = null;
        try {
            reader = idleReaders.poll(DatabaseFile.BUSY_MILLIS, TimeUnit.MILLISECONDS);
            if (reader == null) {
                throw new StoreException("cannot read the database: all readers are busy");
            }
            execute(reader, "BEGIN");
            try {
                return work.run(reader);
            } finally {
                execute(reader, "ROLLBACK");
            }
        } catch (SQLException e) {
            throw new StoreException("cannot read the database", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while waiting to read", e);
        } finally {
            if (reader != null) {
                idleReaders.add(reader);
            }
        }
    }

    /// Runs the work as one transaction, durable when this returns and undone when it throws.
    <T extends @Nullable Object> T write(Work<T> work) {
        writeLock.lock();
        try {
            Connection connection = writer();
            execute(connection, "BEGIN IMMEDIATE");
            boolean committed = false;
            try {
                T result = work.run(connection);
                execute(connection, "COMMIT");
                committed = true;
                return result;
            } finally {
                if (!committed) {
                    rollback(connection);
                }
            }
        } catch (SQLException e) {
            throw new StoreException("cannot write the database", e);
        } finally {
            writeLock.unlock();
        }
    }

    /// Whatever is recorded from now on is linked into this chain.
    void chained(AuditChain opened) {
        chain = opened;
    }

    /// Null when it was not opened; see [AuditChain#links].
    @Nullable AuditChain chain() {
        return chain;
    }

    private Connection writer() throws SQLException {
        if (closed) {
            throw new StoreException("the database is closed");
        }
        if (directory == null) {
            throw new StoreException("the database is open for reading only");
        }
        Connection current = writer;
        if (current == null) {
            current = file.connect();
            writer = current;
        }
        return current;
    }

    /// SQLite has rolled back by itself after some failures (a full disk): then this one fails, and
    /// only a new connection is in a known state.
    private void rollback(Connection connection) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException _) {
            closeQuietly(connection);
            writer = null;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() {
        writeLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            readers.forEach(Database::closeQuietly);
            Connection current = writer;
            if (current != null) {
                closeQuietly(current);
            }
        } finally {
            writeLock.unlock();
        }
        if (directory != null) {
            directory.close();
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException _) {
            // Nothing depends on it any more; committed work is in the file.
        }
    }
}
