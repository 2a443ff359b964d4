package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.audit.EventLogConformance;
import io.quay.pdp.audit.Events;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.ops.Check;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import io.quay.pdp.token.SpentAssertions;
import java.nio.file.Path;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class SqliteEventLogTest extends EventLogConformance {
    @TempDir private Path temporary;
    private Database database;
    private SqliteDecisionLog log;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        TestChain.open(database);
        log = new SqliteDecisionLog(database, Durability.BATCH, Limits.defaults()).start();
    }

    @AfterEach
    void close() {
        log.close();
        database.close();
    }

    @Override
    protected EventLog eventLog() {
        return log;
    }

    @Override
    protected Events events() {
        return new EventTable(database);
    }

    @Override
    protected SpentAssertions assertions() {
        return new SqliteSpentAssertions(database);
    }

    @Test
    void anEventThatCannotBeWrittenIsNeverReportedAsKept() {
        execute(
                "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END");

        assertThatThrownBy(() -> log.append(SampleEvents.full(1)))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(log.health().status()).isEqualTo(Check.Status.FAILED);
    }

    @Test
    void anAssertionSpentBeforeIsNoFailureOfTheFile() {
        EventLog.Spent spent = new EventLog.Spent("a1", SampleEvents.time(60));
        log.append(SampleEvents.full(1), spent);

        assertThatThrownBy(() -> log.append(SampleEvents.full(2), spent))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(log.health().status()).isEqualTo(Check.Status.OK);
    }

    @Test
    void aClosedLogRefusesEvents() {
        log.close();

        assertThatThrownBy(() -> log.append(SampleEvents.full(1)))
                .isInstanceOf(AuditUnavailableException.class);
    }

    private void execute(String sql) {
        database.write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }
}
