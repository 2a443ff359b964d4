package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.federation.KeptKeys.Kept;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteKeptKeysTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir private Path temporary;
    private Database database;
    private SqliteKeptKeys keys;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        keys = new SqliteKeptKeys(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Kept kept(String issuer, String document, Instant seenAt) {
        return new Kept(issuer, "jwks https://" + issuer, document, NOON, seenAt);
    }

    @Test
    void whatIsKeptOutlivesTheProcessAndReplacesWhatWasKeptBefore() {
        keys.keep(kept("a", "{\"keys\":[]}", NOON));
        keys.keep(kept("b", "{}", NOON));
        keys.keep(kept("a", "{\"keys\":[1]}", NOON));
        close();
        open();
        assertThat(keys.find("a")).contains(kept("a", "{\"keys\":[1]}", NOON));
        assertThat(keys.find("b")).contains(kept("b", "{}", NOON));
        assertThat(keys.find("c")).isEmpty();
    }

    @Test
    void ageOnlyGrows() {
        keys.keep(kept("a", "{}", NOON));
        keys.keep(kept("b", "{}", NOON));
        keys.aged("a", Duration.ofHours(2));
        keys.aged("a", Duration.ofHours(1));
        keys.aged("unknown", Duration.ofHours(1));
        assertThat(keys.find("a")).contains(kept("a", "{}", NOON.plus(Duration.ofHours(2))));
        assertThat(keys.find("b")).contains(kept("b", "{}", NOON));
    }

    @Test
    void storeThatIsClosedIsAFailureAndNotNothing() {
        database.close();
        assertThatThrownBy(() -> keys.find("a")).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> keys.keep(kept("a", "{}", NOON)))
                .isInstanceOf(StorageException.class);
    }
}
