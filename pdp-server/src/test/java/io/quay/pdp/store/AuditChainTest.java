package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecords;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.store.AuditVerification.Result;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How records come into the chain, and how old ones leave it. See [TamperingTest] for what it
/// shows.
@Timeout(30)
final class AuditChainTest {
    private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir private Path temporary;
    private Database database;
    private SqliteDecisionLog log;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        log = newLog();
    }

    private SqliteDecisionLog newLog() {
        return new SqliteDecisionLog(database, Durability.SYNC, Limits.defaults());
    }

    @AfterEach
    void close() {
        log.close();
        database.close();
    }

    @Test
    void anEmptyChainIsSound() {
        assertThat(verify()).isEqualTo(new Result.Sound(1, 0, 0));
        TestChain.open(database);
        assertThat(verify()).isEqualTo(new Result.Sound(1, 0, 0));
    }

    @Test
    void decisionsEventsChangesAndCountsAreAllLinked() {
        TestChain.open(database);
        log.start();
        log.append(DecisionRecords.allow(1));
        log.append(SampleEvents.full(2));
        log.count(group("g1"));
        log.count(group("g1"));
        AccountChanges.create(new SqliteStore(database), 1);
        log.close();

        assertThat(verify()).isEqualTo(new Result.Sound(1, 4, 0));
        assertThat(kinds()).containsExactlyInAnyOrder("decision-2", "event", "event", "denials");
    }

    @Test
    void whatIsRolledBackLeavesNoLinkAndTheNextFollows() {
        TestChain.open(database);
        log.start();
        log.append(DecisionRecords.allow(1));
        assertThatThrownBy(() -> log.append(DecisionRecords.allow(1)))
                .isInstanceOf(AuditUnavailableException.class);
        log.append(DecisionRecords.allow(2));

        assertThat(verify()).isEqualTo(new Result.Sound(1, 2, 0));
    }

    @Test
    void whatWasRecordedBeforeThereWasAChainIsLinkedWhenItOpens() {
        log.start();
        log.append(DecisionRecords.allow(1));
        log.append(SampleEvents.full(1));
        assertThat(kinds()).isEmpty();
        TestChain.open(database);
        log.append(DecisionRecords.allow(2));

        assertThat(verify()).isEqualTo(new Result.Sound(1, 3, 0));
    }

    @Test
    void nothingIsRecordedWhileTheChainIsNotOpen() {
        TestChain.open(database);
        database.close();
        database = Database.open(temporary.resolve("pdp.db"));
        log = newLog().start();

        assertThatThrownBy(() -> log.append(DecisionRecords.allow(1)))
                .isInstanceOf(AuditUnavailableException.class);
        assertThatThrownBy(() -> log.append(SampleEvents.full(1)))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(log.find(DecisionQuery.latest(1))).isEmpty();
    }

    @Test
    void theChainGoesOnAfterARestart() {
        TestChain.open(database);
        log.start();
        log.append(DecisionRecords.allow(1));
        log.close();
        database.close();
        database = Database.open(temporary.resolve("pdp.db"));
        TestChain.open(database);
        log = newLog().start();
        log.append(DecisionRecords.allow(2));

        assertThat(verify()).isEqualTo(new Result.Sound(1, 2, 0));
    }

    @Test
    void aKeySealedUnderAnotherKeyIsRefused() {
        TestChain.open(database);

        assertThatThrownBy(() ->
                        AuditChain.open(
                                database,
                                TestChain.otherSealing(),
                                new SecureRandom(),
                                Instant.EPOCH))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("audit chain cannot be opened");
    }

    @Test
    void aChainWithoutItsKeyGetsNoNewOne() {
        TestChain.open(database);
        log.start().append(DecisionRecords.allow(1));
        execute("DELETE FROM audit_key");

        assertThatThrownBy(() -> TestChain.open(database))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("no key");
    }

    @Test
    void countsThatACrashLeftOpenAreLinkedAtTheNextStart() {
        TestChain.open(database);
        database.write(connection -> {
            DeniedGroupTable.count(connection, java.util.Map.of(group("g1"), 3));
            return true;
        });
        assertThat(kinds()).isEmpty();
        TestChain.open(database);

        assertThat(kinds()).containsExactly("denials");
        assertThat(verify()).isEqualTo(new Result.Sound(1, 1, 0));
    }

    @Test
    void aDenialAfterItsMinuteWasClosedIsRefusedAndTheFileNotBlamed() {
        TestChain.open(database);
        log.start();
        log.count(group("g1"));
        TestChain.open(database); // links what is open

        assertThatThrownBy(() -> log.count(group("g1")))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(log.health().status()).isEqualTo(io.quay.pdp.ops.Check.Status.OK);
        assertThat(log.findCounted(null, 10))
                .extracting(DeniedGroup.Counted::count)
                .containsOnly(1L);
    }

    @Test
    void prunedRecordsLeaveAnAnchorFromWhichTheChainIsSound() {
        TestChain.open(database);
        log.start();
        for (int number = 1; number <= 5; number++) {
            log.append(DecisionRecords.allow(number));
        }
        log.append(SampleEvents.full(6));
        assertThat(log.prune(DecisionRecords.NOON.plusSeconds(4))).isEqualTo(3);

        assertThat(verify()).isEqualTo(new Result.Sound(4, 6, 0));
        assertThat(log.prune(DecisionRecords.NOON.plusSeconds(60))).isEqualTo(3);
        assertThat(verify()).isEqualTo(new Result.Sound(7, 6, 0));
        log.append(DecisionRecords.allow(7));
        assertThat(verify()).isEqualTo(new Result.Sound(7, 7, 0));
    }

    @Test
    void whatWasTamperedWithIsNotPruned() {
        TestChain.open(database);
        log.start();
        log.append(DecisionRecords.allow(1));
        log.append(DecisionRecords.allow(2));
        execute("UPDATE decision SET allowed = 0, cause = 'no_permit'");

        assertThatThrownBy(() -> log.prune(DecisionRecords.NOON.plusSeconds(60)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("sequence 1");
        assertThat(log.find(DecisionQuery.latest(10))).hasSize(2);
    }

    private Result verify() {
        return TestChain.verification(database).verify(List.of());
    }

    private static DeniedGroup group(String id) {
        return new DeniedGroup(id, MINUTE, "ci", null, "createRepo", "invalid_token");
    }

    private List<String> kinds() {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    var rows =
                            statement.executeQuery(
                                    "SELECT kind FROM audit_link ORDER BY sequence")) {
                List<String> kinds = new java.util.ArrayList<>();
                while (rows.next()) {
                    kinds.add(rows.getString(1));
                }
                return kinds;
            }
        });
    }

    private void execute(String sql) {
        database.write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }
}
