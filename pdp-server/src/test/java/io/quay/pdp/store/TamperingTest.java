package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DecisionRecords;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.store.AuditVerification.Result;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What somebody who can write the file, but does not have the key-encryption key, cannot hide:
/// each kind of tampering is done with SQL on the file of a log that has ended.
@Timeout(60)
final class TamperingTest {
    private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-03-01T13:00:00Z"), ZoneOffset.UTC);

    @TempDir private Path temporary;
    private Path file;
    private String checkpoint;

    /// Decisions at 1 to 3, an event at 4, a count at 5, a checkpoint there, a decision at 6.
    @BeforeEach
    void record() {
        file = temporary.resolve("pdp.db");
        try (Database database = Database.open(file)) {
            TestChain.open(database);
            try (SqliteDecisionLog log = log(database)) {
                for (int number = 1; number <= 3; number++) {
                    log.append(DecisionRecords.allow(number));
                }
                log.append(SampleEvents.full(4));
                log.count(new DeniedGroup("g1", MINUTE, "ci", null, null, "invalid_token"));
            }
            checkpoint = TestChain.checkpoints(database, CLOCK).take().orElseThrow();
            try (SqliteDecisionLog log = log(database)) {
                log.append(DecisionRecords.allow(6));
            }
        }
        assertThat(verify()).isEqualTo(new Result.Sound(1, 6, 1));
        assertThat(verify(checkpoint)).isEqualTo(new Result.Sound(1, 6, 1));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    allowed turned            | 1 | UPDATE decision SET allowed = 0 WHERE id LIKE '%1'
                    principal changed         | 2 | UPDATE decision SET principal_id = 'svc-x' WHERE id LIKE '%2'
                    cause made of nothing     | 2 | UPDATE decision SET cause = '' WHERE id LIKE '%2'
                    column moved to the next  | 3 | UPDATE decision SET caller = concat(caller, request_id), request_id = '' WHERE id LIKE '%3'
                    time of an event          | 4 | UPDATE event SET happened_at = happened_at + 1
                    actor of an event removed | 4 | UPDATE event SET actor = NULL
                    count made smaller        | 5 | UPDATE denied_group SET denials = 0
                    newest record             | 6 | UPDATE decision SET policies = '[]' WHERE id LIKE '%6'
                    """)
    void aChangedRecordIsFound(String what, long sequence, String sql) {
        tamper(sql);
        assertBroken("sequence " + sequence, "changed");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    decision              | 2 | DELETE FROM decision WHERE id LIKE '%2'
                    event                 | 4 | DELETE FROM event
                    count                 | 5 | DELETE FROM denied_group
                    first                 | 1 | DELETE FROM decision WHERE id LIKE '%1'
                    every record, no link | 1 | DELETE FROM decision
                    """)
    void aDeletedRecordIsFound(String what, long sequence, String sql) {
        tamper(sql);
        assertBroken("sequence " + sequence, "deleted");
    }

    @Test
    void aRecordDeletedWithItsLinkIsFound() {
        tamper(
                "DELETE FROM decision WHERE id LIKE '%2'",
                "DELETE FROM audit_link WHERE sequence = 2");
        assertBroken("sequence 2", "deleted");
    }

    @Test
    void aRecordDeletedWithItsLinkAndTheRestMovedUpIsFound() {
        tamper(
                "DELETE FROM decision WHERE id LIKE '%2'",
                "DELETE FROM audit_link WHERE sequence = 2",
                "UPDATE audit_link SET sequence = sequence - 1 WHERE sequence > 2");
        assertBroken("sequence 2");
    }

    @Test
    void theFirstRecordsDeletedAsIfTheyWerePrunedAreFound() {
        tamper(
                "DELETE FROM decision WHERE id LIKE '%1'",
                "INSERT INTO audit_anchor (id, sequence, mac, proof) SELECT 1, 1, mac, mac FROM audit_link WHERE sequence = 1",
                "DELETE FROM audit_link WHERE sequence = 1");
        assertBroken("sequence 1", "pruned");
    }

    @Test
    void reorderedLinksAreFound() {
        tamper(
                "UPDATE audit_link SET sequence = -1 WHERE sequence = 2",
                "UPDATE audit_link SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit_link SET sequence = 3 WHERE sequence = -1");
        assertBroken("sequence 2", "place");
    }

    @Test
    void recordsThatExchangedTheirIdsAreFound() {
        tamper(
                "UPDATE decision SET id = 'x' WHERE id LIKE '%2'",
                "UPDATE decision SET id = '%s' WHERE id LIKE '%%3'"
                        .formatted(DecisionRecords.id(2)),
                "UPDATE decision SET id = '%s' WHERE id = 'x'".formatted(DecisionRecords.id(3)));
        assertBroken("sequence 2");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    decision | INSERT INTO decision SELECT 'new', decided_at, caller, request_id, principal_type, principal_id, workload_type, workload_id, action, resource_type, resource_id, allowed, cause, policies, policy_version, parameters, mutates, token_id FROM decision LIMIT 1
                    event    | INSERT INTO event SELECT 'new', happened_at, kind, actor, credential_id, account, target, cause, policies, request_id, source_ip, details FROM event
                    denials  | INSERT INTO denied_group SELECT 'new', window_start, caller, principal_type, principal_id, action, cause, denials, 1 FROM denied_group
                    denials  | INSERT INTO denied_group SELECT 'new', window_start - 600000, caller, principal_type, principal_id, action, cause, denials, 0 FROM denied_group
                    """)
    void anInsertedRecordIsFound(String kind, String sql) {
        tamper(sql);
        assertBroken(kind + " new", "inserted");
    }

    @Test
    void anInsertedRecordWithALinkThatIsMadeUpIsFound() {
        tamper(
                "INSERT INTO event SELECT 'new', happened_at, kind, actor, credential_id, account, target, cause, policies, request_id, source_ip, details FROM event",
                "INSERT INTO audit_link VALUES (7, 'event', 'new', zeroblob(32))");
        assertBroken("sequence 7", "event new");
    }

    @Test
    void aTruncatedTailIsFoundByTheNewestStoredCheckpoint() {
        tamper(
                "DELETE FROM audit_link WHERE sequence >= 4",
                "DELETE FROM event",
                "DELETE FROM denied_group",
                "DELETE FROM decision WHERE id LIKE '%6'");
        assertBroken("sequence 4", "up to 5", "stored");
    }

    @Test
    void aTailTruncatedWithItsCheckpointsIsFoundByOneThatLeftTheMachine() {
        tamper(
                "DELETE FROM audit_link WHERE sequence >= 4",
                "DELETE FROM event",
                "DELETE FROM denied_group",
                "DELETE FROM decision WHERE id LIKE '%6'",
                "DELETE FROM audit_checkpoint");
        assertThat(verify()).isEqualTo(new Result.Sound(1, 3, 0));
        assertThat(broken(verify(checkpoint))).contains("sequence 4", "up to 5", "given");
    }

    @Test
    void aDatabaseRolledBackAsAWholeIsFoundByACheckpointThatLeftTheMachine() throws IOException {
        Path older = temporary.resolve("older.db");
        Files.copy(file, older);
        String newer;
        try (Database database = Database.open(file)) {
            TestChain.open(database);
            try (SqliteDecisionLog log = log(database)) {
                log.append(DecisionRecords.allow(7));
            }
            newer = TestChain.checkpoints(database, CLOCK).take().orElseThrow();
        }
        assertThat(verify(newer)).isEqualTo(new Result.Sound(1, 7, 2));
        Files.delete(file);
        Files.move(older, file);

        assertThat(verify()).isEqualTo(new Result.Sound(1, 6, 1));
        assertThat(broken(verify(newer))).contains("sequence 7", "given");
    }

    @Test
    void aDatabaseRolledBackAndWrittenAnewIsFoundByACheckpointThatLeftTheMachine()
            throws IOException {
        Path older = temporary.resolve("older.db");
        Files.copy(file, older);
        String newer = appendAndTake(7);
        Files.delete(file);
        Files.move(older, file);
        appendAndTake(8);

        assertThat(verify()).isEqualTo(new Result.Sound(1, 7, 2));
        assertThat(broken(verify(newer))).contains("sequence 7", "another chain");
    }

    @Test
    void aCheckpointOfAnotherKeyIsFound() {
        String foreign;
        try (Database other = Database.open(temporary.resolve("other").resolve("pdp.db"))) {
            TestChain.open(other);
            try (SqliteDecisionLog log = log(other)) {
                log.append(DecisionRecords.allow(1));
            }
            foreign = TestChain.checkpoints(other, CLOCK).take().orElseThrow();
        }
        assertThat(broken(verify(foreign))).contains("given", "not signed");
        assertThat(broken(verify(checkpoint.substring(0, checkpoint.length() - 9) + "AAAAAAAAA")))
                .contains("not signed");
    }

    @Test
    void aStoredCheckpointThatWasChangedIsFound() {
        tamper("UPDATE audit_checkpoint SET signed = replace(signed, '.', '.e')");
        assertBroken("stored", "not signed");
    }

    @Test
    void aChainWhoseKeyWasDeletedOrExchangedIsFound() {
        tamper("DELETE FROM audit_key WHERE name = 'chain'");
        assertBroken("key was deleted");
        tamper("INSERT INTO audit_key VALUES ('chain', 'AAAA', NULL, 0)");
        assertBroken("cannot be opened");
    }

    private String appendAndTake(int number) {
        try (Database database = Database.open(file)) {
            TestChain.open(database);
            try (SqliteDecisionLog log = log(database)) {
                log.append(DecisionRecords.allow(number));
            }
            return TestChain.checkpoints(database, CLOCK).take().orElseThrow();
        }
    }

    private static SqliteDecisionLog log(Database database) {
        return new SqliteDecisionLog(database, Durability.SYNC, Limits.defaults()).start();
    }

    private Result verify(String... outside) {
        try (Database database = Database.openToRead(file)) {
            return TestChain.verification(database).verify(List.of(outside));
        }
    }

    private void assertBroken(String... words) {
        assertThat(broken(verify())).contains(words);
    }

    private static String broken(Result result) {
        assertThat(result).isInstanceOf(Result.Broken.class);
        return ((Result.Broken) result).what();
    }

    private void tamper(String... statements) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
