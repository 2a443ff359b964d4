package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DecisionLogConformance;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DecisionRecords;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.identity.Value;
import io.quay.pdp.ops.Check;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class SqliteDecisionLogTest extends DecisionLogConformance {
    private static final Limits SHORT = new Limits(4, Duration.ofMillis(300));

    @TempDir private Path temporary;
    private Database database;
    private SqliteDecisionLog log;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        TestChain.open(database);
        log = new SqliteDecisionLog(database, Durability.SYNC, Limits.defaults()).start();
    }

    @AfterEach
    void close() {
        log.close();
        database.close();
    }

    @Override
    protected DecisionLog log() {
        return log;
    }

    @Override
    protected Decisions decisions() {
        return log;
    }

    @Override
    protected List<DeniedGroup.Counted> counted() {
        return log.findCounted(null, 1_000);
    }

    @Test
    void aFullDiskFailsTheRecordThatMeetsItAndTheLogRecovers() {
        log.append(DecisionRecords.allow(1));
        long pages = pragma("page_count");
        pragma("max_page_count = " + pages);

        assertThatThrownBy(() -> log.append(large(2)))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(log.health().status()).isEqualTo(Check.Status.FAILED);

        pragma("max_page_count = 100000");
        log.append(large(3));
        assertThat(log.health().status()).isEqualTo(Check.Status.OK);
        assertThat(keptIds()).containsExactly(DecisionRecords.id(3), DecisionRecords.id(1));
    }

    @Test
    void healthReturnsByItselfWhenThereIsSpaceAgain() throws InterruptedException {
        pragma("max_page_count = " + pragma("page_count"));
        assertThatThrownBy(() -> log.append(large(1)))
                .isInstanceOf(AuditUnavailableException.class);
        pragma("max_page_count = 100000");

        while (log.health().status() != Check.Status.OK) {
            Thread.onSpinWait();
        }
        assertThat(keptIds()).isEmpty();
    }

    @Test
    void aBadRecordDoesNotTakeItsBatchWithIt() throws Exception {
        log.append(DecisionRecords.allow(0));
        List<Future<?>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            whileWriterIsBusy(() -> {
                for (int number = 0; number < 20; number++) {
                    DecisionRecord each = DecisionRecords.allow(number);
                    answers.add(threads.submit(() -> log.append(each)));
                }
            });
        }
        assertThat(answers.stream().filter(answer -> answer.state() == Future.State.FAILED))
                .containsExactly(answers.getFirst());
        assertThat(keptIds()).hasSize(20);
    }

    @Test
    void aFullQueueRefusesAtOnceAndAStuckWriterWithinTheLimit() throws Exception {
        try (SqliteDecisionLog small =
                        new SqliteDecisionLog(database, Durability.SYNC, SHORT).start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> answers = new ArrayList<>();
            whileWriterIsBusy(() -> {
                for (int number = 0; number < 40; number++) {
                    DecisionRecord each = DecisionRecords.allow(number);
                    answers.add(threads.submit(() -> small.append(each)));
                }
                for (Future<?> answer : answers) {
                    assertThatThrownBy(answer::get)
                            .hasCauseInstanceOf(AuditUnavailableException.class);
                }
            });
        }
        log.append(DecisionRecords.allow(99));
        // One batch was with the writer when its callers gave up; what still waited is not kept.
        assertThat(keptIds()).contains(DecisionRecords.id(99)).hasSizeLessThanOrEqualTo(1 + 5);
    }

    @Test
    void closeCommitsWhatWaitsAndRefusesWhatComes() throws Exception {
        List<Future<?>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            whileWriterIsBusy(() -> {
                for (int number = 0; number < 100; number++) {
                    DecisionRecord each = DecisionRecords.allow(number);
                    answers.add(threads.submit(() -> log.append(each)));
                }
                threads.execute(log::close);
            });
        }
        long kept = answers.stream().filter(a -> a.state() == Future.State.SUCCESS).count();
        assertThat(keptIds()).hasSize((int) kept);
        assertThatThrownBy(() -> log.append(DecisionRecords.allow(100)))
                .isInstanceOf(AuditUnavailableException.class);
    }

    @Test
    void batchDurabilityAnswersBeforeTheCommit() throws Exception {
        try (SqliteDecisionLog batching =
                new SqliteDecisionLog(database, Durability.BATCH, Limits.defaults()).start()) {
            whileWriterIsBusy(() -> batching.append(DecisionRecords.read(1)));
        }
        assertThat(keptIds()).containsExactly(DecisionRecords.id(1));
    }

    @Test
    void anAllowedChangeIsDurableFirstWhateverTheDurability() throws Exception {
        try (SqliteDecisionLog batching =
                new SqliteDecisionLog(database, Durability.BATCH, SHORT).start()) {
            whileWriterIsBusy(() ->
                    assertThatThrownBy(() -> batching.append(DecisionRecords.allow(1)))
                            .isInstanceOf(AuditUnavailableException.class));
        }
    }

    @Test
    void denialsThatFillTheQueueRefuseNoAllowedChange() throws Exception {
        Limits patient = new Limits(4, Duration.ofSeconds(20));
        try (SqliteDecisionLog small =
                        new SqliteDecisionLog(database, Durability.SYNC, patient).start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> denials = new ArrayList<>();
            List<Future<?>> change = new ArrayList<>();
            whileWriterIsBusy(() -> {
                while (denials.stream().noneMatch(each -> each.state() == Future.State.FAILED)) {
                    DecisionRecord each = DecisionRecords.bareDeny(denials.size());
                    denials.add(threads.submit(() -> small.append(each)));
                    Thread.onSpinWait();
                }
                change.add(threads.submit(() -> small.append(DecisionRecords.allow(9_000))));
            });
            change.getFirst().get();
        }
        assertThat(keptIds()).contains(DecisionRecords.id(9_000));
    }

    @Test
    void onANearlyFullDiskOnlyAllowedChangesAreRecordedAndDenialsCounted() {
        try (SqliteDecisionLog sparing =
                new SqliteDecisionLog(
                                database, Durability.SYNC, SHORT, () -> true, Clock.systemUTC())
                        .start()) {
            assertThatThrownBy(() -> sparing.append(DecisionRecords.read(1)))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> sparing.append(DecisionRecords.bareDeny(2)))
                    .isInstanceOf(AuditUnavailableException.class);
            sparing.append(DecisionRecords.allow(3));
            sparing.count(
                    new DeniedGroup("g", DecisionRecords.NOON, "ci", null, null, "no_permit"));
            assertThat(sparing.health().status()).isEqualTo(Check.Status.DEGRADED);
        }
        assertThat(keptIds()).containsExactly(DecisionRecords.id(3));
        assertThat(counted()).hasSize(1);
    }

    @Test
    void batchDurabilityTakesNothingOnWhileCommitsFail() {
        try (SqliteDecisionLog batching =
                new SqliteDecisionLog(database, Durability.BATCH, Limits.defaults()).start()) {
            pragma("max_page_count = " + pragma("page_count"));
            batching.append(large(1));
            while (batching.health().status() == Check.Status.OK) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(() -> batching.append(DecisionRecords.read(2)))
                    .isInstanceOf(AuditUnavailableException.class);
        }
    }

    @Test
    void pruneDeletesWhatIsOlder() {
        for (int number = 0; number < 5; number++) {
            log.append(DecisionRecords.allow(number));
        }
        assertThat(log.prune(DecisionRecords.NOON.plusSeconds(3))).isEqualTo(3);
        assertThat(log.prune(DecisionRecords.NOON.plusSeconds(3))).isZero();
        assertThat(keptIds()).containsExactly(DecisionRecords.id(4), DecisionRecords.id(3));
    }

    private interface Step {
        void run() throws Exception;
    }

    /// Runs the step while a transaction of ours keeps the writer from committing anything.
    private void whileWriterIsBusy(Step step) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        try (ExecutorService holder = Executors.newSingleThreadExecutor()) {
            Future<?> held =
                    holder.submit(() ->
                            database.write(connection -> {
                                busy.countDown();
                                return await(done);
                            }));
            busy.await();
            try {
                step.run();
            } finally {
                done.countDown();
            }
            held.get();
        }
    }

    private static boolean await(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> keptIds() {
        return log.find(DecisionQuery.latest(1_000)).stream().map(DecisionRecord::id).toList();
    }

    /// Larger than what any page in use has room for.
    private static DecisionRecord large(int number) {
        return DecisionRecords.withParameters(number, Map.of("x", Value.of("x".repeat(50_000))));
    }

    private long pragma(String pragma) {
        return database.write(connection -> {
            try (Statement statement = connection.createStatement();
                    var rows = statement.executeQuery("PRAGMA " + pragma)) {
                rows.next();
                return rows.getLong(1);
            }
        });
    }
}
