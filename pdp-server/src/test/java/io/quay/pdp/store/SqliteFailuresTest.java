package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.Store.ConflictException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// Texts that say the opposite of the code show that no text is read.
final class SqliteFailuresTest {
    @ParameterizedTest
    @EnumSource(names = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
    void noSpaceIsFull(SQLiteErrorCode code) {
        var failure = new StoreException("x", new SQLException(new SQLiteException("ok", code)));

        assertThat(SqliteFailures.storage("not kept", failure).full()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
    void anythingElseIsNotFullWhateverItsText(SQLiteErrorCode code) {
        var failure = new SQLiteException("[SQLITE_FULL] database or disk is full", code);

        assertThat(SqliteFailures.storage("not kept", failure).full()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "SQLITE_CONSTRAINT_PRIMARYKEY",
                "SQLITE_CONSTRAINT_UNIQUE",
                "SQLITE_CONSTRAINT_FOREIGNKEY"
            })
    void whatIsTakenOrGoneIsAConflict(SQLiteErrorCode code) {
        assertThat(SqliteFailures.conflict("x", new SQLiteException("ok", code)))
                .containsInstanceOf(ConflictException.class);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {
                "SQLITE_CONSTRAINT_PRIMARYKEY",
                "SQLITE_CONSTRAINT_UNIQUE",
                "SQLITE_CONSTRAINT_FOREIGNKEY"
            })
    void anythingElseIsNoConflictWhateverItsText(SQLiteErrorCode code) {
        var failure = new SQLiteException("UNIQUE constraint failed", code);

        assertThat(SqliteFailures.conflict("x", failure)).isEmpty();
    }

    @Test
    void aFailureThatIsNotOfSqliteIsNeither() {
        var failure = new SQLException("UNIQUE constraint failed: database or disk is full");

        assertThat(SqliteFailures.conflict("x", failure)).isEmpty();
        assertThat(SqliteFailures.storage("x", failure).full()).isFalse();
    }
}
