package io.quay.pdp.store;

import io.quay.pdp.accounts.Store.ConflictException;
import io.quay.pdp.accounts.Store.StorageException;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// What SQLite's failures mean to those who keep accounts, by result code alone.
final class SqliteFailures {
    private SqliteFailures() {}

    /// The conflict that this failure is, if it is one.
    static Optional<RuntimeException> conflict(String what, SQLException failure) {
        SQLiteErrorCode code = code(failure);
        if (code == null) {
            return Optional.empty();
        }
        return switch (code) {
            case SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE ->
                    Optional.of(new ConflictException(what + " exists already"));
            case SQLITE_CONSTRAINT_FOREIGNKEY ->
                    Optional.of(new ConflictException(what + " is of an account that is gone"));
            default -> Optional.empty();
        };
    }

    /// @param cause an SQLException, or caused by one
    static StorageException storage(String message, Exception cause) {
        return new StorageException(message, full(cause), cause);
    }

    private static boolean full(Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            SQLiteErrorCode code = code(cause);
            if (code != null) {
                return full(code);
            }
        }
        return false;
    }

    /// The second is all that SQLite says when its file of shared memory cannot grow.
    private static boolean full(SQLiteErrorCode code) {
        return switch (code) {
            case SQLITE_FULL, SQLITE_IOERR_SHMSIZE -> true;
            default -> false;
        };
    }

    private static @Nullable SQLiteErrorCode code(Throwable failure) {
        return failure instanceof SQLiteException sqlite ? sqlite.getResultCode() : null;
    }
}
