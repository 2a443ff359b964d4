package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.audit.EventLog.Spent;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteExchanges;
import io.quay.pdp.store.SqliteSpentAssertions;
import io.quay.pdp.store.TestChain;
import io.quay.pdp.token.SpentAssertions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RetentionTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir private Path directory;
    private Database database;
    private SqliteDecisionLog log;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("pdp.db"));
        TestChain.open(database);
        log =
                new SqliteDecisionLog(
                                database,
                                SqliteDecisionLog.Durability.BATCH,
                                SqliteDecisionLog.Limits.defaults())
                        .start();
    }

    @AfterEach
    void close() {
        log.close();
        database.close();
    }

    private void append(Instant time, int count) {
        DecisionIds ids = new DecisionIds(Clock.fixed(time, ZoneOffset.UTC), new SecureRandom());
        for (int i = 0; i < count; i++) {
            log.append(
                    new DecisionRecord(
                            ids.next(),
                            time,
                            "pep",
                            null,
                            null,
                            null,
                            null,
                            null,
                            true,
                            null,
                            List.of(),
                            "v",
                            Map.of(),
                            true));
        }
    }

    private Retention retention(Duration kept) {
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        return new Retention(
                new Retention.Records(
                        log,
                        TestChain.checkpoints(database, clock),
                        new SqliteSpentAssertions(database),
                        new SqliteExchanges(database)),
                kept,
                clock);
    }

    private static Event event(int number, Instant time) {
        return new Event(
                "e" + number,
                time,
                Event.Kind.TOKEN_ISSUED,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                Map.of());
    }

    @Test
    void deletesEventsThatAreTooOldAndAssertionsAndExchangesThatAreOfNoUse() {
        log.append(
                event(1, NOW.minus(Duration.ofDays(91))),
                new Spent("a1", NOW.minusSeconds(1)),
                exchange("t1", NOW));
        log.append(
                event(2, NOW),
                new Spent("a2", NOW.plusSeconds(1)),
                exchange("t2", NOW.plusSeconds(1)));
        try (Retention retention = retention(Duration.ofDays(90))) {
            assertThat(retention.prune()).isEqualTo(1);
            assertThat(retention.pruneAssertions()).isEqualTo(2);
        }
        assertThat(
                        new EventTable(database)
                                .find(new EventQuery(null, null, null, null, null, null, 10)))
                .extracting(Event::id)
                .containsExactly("e2");
        assertThat(new SqliteSpentAssertions(database).since(NOW.minusSeconds(60)))
                .extracting(SpentAssertions.Used::hash)
                .containsExactly("a2");
        assertThat(new SqliteExchanges(database).find("t1")).isEmpty();
        assertThat(new SqliteExchanges(database).find("t2"))
                .contains(exchange("t2", NOW.plusSeconds(1)));
    }

    private static EventLog.Exchange exchange(String token, Instant until) {
        return new EventLog.Exchange(
                token,
                "https://ci.example.com",
                new Workload(
                        new EntityRef("Workload::Oidc", "ci/job"),
                        Map.of("issuer", Value.of("ci"), "protected", Value.of(true)),
                        Map.of("__ref", "refs/heads/main"),
                        Map.of("run_id", "7")),
                until);
    }

    @Test
    void deletesAllThatIsTooOldAndNothingElse() {
        append(NOW.minus(Duration.ofDays(91)), 2_500);
        append(NOW.minus(Duration.ofDays(90)), 3);
        append(NOW, 2);
        log.close(); // commits what waits
        try (Retention retention = retention(Duration.ofDays(90))) {
            assertThat(retention.prune()).isEqualTo(2_500);
            assertThat(retention.prune()).isZero();
        }
        assertThat(log.find(DecisionQuery.latest(100))).hasSize(5);
    }

    @Test
    void deletesNothingOfAnEmptyLog() {
        try (Retention retention = retention(Duration.ZERO)) {
            assertThat(retention.prune()).isZero();
        }
    }

    @Test
    void endsWhenItIsClosed() throws InterruptedException {
        Retention retention = retention(Duration.ofDays(1));
        retention.start();
        List<Thread> threads =
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("retention"))
                        .toList();
        retention.close();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
    }
}
