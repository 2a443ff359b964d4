package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.accounts.Store.ConflictException;
import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.token.SigningKey;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteSigningKeysTest {
    @TempDir private Path temporary;
    private Database database;
    private SqliteSigningKeys keys;
    private EventTable events;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        keys = new SqliteSigningKeys(database);
        events = new EventTable(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void theRingComesBackOldestFirstAndIsReplacedWhole() {
        keys.replace(
                List.of(key(2, SigningKey.State.NEXT), key(1, SigningKey.State.ACTIVE)),
                SampleEvents.bare(1));
        assertThat(keys.all())
                .containsExactly(key(1, SigningKey.State.ACTIVE), key(2, SigningKey.State.NEXT));

        List<SigningKey> turned =
                List.of(
                        key(1, SigningKey.State.RETIRING),
                        key(2, SigningKey.State.ACTIVE),
                        key(3, SigningKey.State.NEXT));
        keys.replace(turned, SampleEvents.bare(2));
        assertThat(keys.all()).isEqualTo(turned);
        assertThat(events.find(SampleEvents.latest(9)))
                .containsExactly(SampleEvents.bare(2), SampleEvents.bare(1));
    }

    @Test
    void theRingForQuayIsKeptApart() {
        SqliteSigningKeys forQuay = new SqliteSigningKeys(database, SqliteSigningKeys.Purpose.QUAY);
        keys.replace(List.of(key(1, SigningKey.State.ACTIVE)), SampleEvents.bare(1));
        forQuay.replace(List.of(key(2, SigningKey.State.ACTIVE)), SampleEvents.bare(2));
        keys.replace(List.of(key(3, SigningKey.State.ACTIVE)), SampleEvents.bare(3));
        assertThat(keys.all()).containsExactly(key(3, SigningKey.State.ACTIVE));
        assertThat(forQuay.all()).containsExactly(key(2, SigningKey.State.ACTIVE));
    }

    @Test
    void aRingThatCannotBeKeptLeavesTheOldOneAndNoEvent() {
        List<SigningKey> ring = List.of(key(1, SigningKey.State.ACTIVE));
        keys.replace(ring, SampleEvents.bare(1));
        List<SigningKey> twice =
                List.of(key(2, SigningKey.State.ACTIVE), key(2, SigningKey.State.NEXT));

        assertThatThrownBy(() -> keys.replace(twice, SampleEvents.bare(2)))
                .isInstanceOf(ConflictException.class);
        assertThat(keys.all()).isEqualTo(ring);
        assertThat(events.find(SampleEvents.latest(9))).containsExactly(SampleEvents.bare(1));
    }

    @Test
    void aRingWhoseEventCannotBeKeptIsNotReplaced() {
        List<SigningKey> ring = List.of(key(1, SigningKey.State.ACTIVE));
        keys.replace(ring, SampleEvents.bare(1));

        assertThatThrownBy(() ->
                        keys.replace(
                                List.of(key(2, SigningKey.State.ACTIVE)), SampleEvents.bare(1)))
                .isInstanceOf(ConflictException.class);
        assertThat(keys.all()).isEqualTo(ring);
    }

    @Test
    void aClosedDatabaseIsAFailureOfStorage() {
        database.close();

        assertThatThrownBy(() -> keys.replace(List.of(), SampleEvents.bare(1)))
                .isInstanceOf(StorageException.class);
    }

    private static SigningKey key(int number, SigningKey.State state) {
        return new SigningKey(
                "kid-" + number,
                number % 2 == 0 ? "RS256" : "ES256",
                state,
                "{\"kid\":\"kid-" + number + "\"}",
                "c2VhbGVk" + number,
                SampleAccounts.time(number),
                SampleAccounts.time(number + 50));
    }
}
