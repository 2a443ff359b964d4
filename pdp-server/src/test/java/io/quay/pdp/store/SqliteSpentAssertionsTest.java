package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.EventLog.Spent;
import io.quay.pdp.token.SpentAssertions.Used;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteSpentAssertionsTest {
    @TempDir private Path temporary;
    private Database database;
    private SqliteSpentAssertions assertions;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        assertions = new SqliteSpentAssertions(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void onlyThoseThatCouldStillBeUsedAreFound() {
        insert(spent(1));
        insert(spent(3));
        insert(spent(2));

        assertThat(assertions.since(SampleAccounts.time(1))).containsExactly(used(2), used(3));
    }

    @Test
    void anAssertionIsSpentOnce() {
        insert(spent(1));

        assertThatThrownBy(() -> insert(new Spent(spent(1).hash(), SampleAccounts.time(9))))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(assertions.since(SampleAccounts.NOON)).containsExactly(used(1));
    }

    @Test
    void aTokenWithSeveralUsesIsUsedSoOftenAndNoMore() {
        Spent three = new Spent(spent(1).hash(), SampleAccounts.time(1), 3);
        insert(three);
        insert(three);
        insert(three);

        assertThatThrownBy(() -> insert(three)).isInstanceOf(AuditUnavailableException.class);
        assertThat(assertions.since(SampleAccounts.NOON))
                .containsExactly(new Used(three.hash(), three.until(), 3));
    }

    @Test
    void anAssertionIsKeptToTheEndOfItsLastMillisecond() {
        insert(new Spent("a", SampleAccounts.time(1).plusNanos(1)));

        assertThat(assertions.prune(SampleAccounts.time(1))).isZero();
        assertThat(assertions.since(SampleAccounts.time(1))).hasSize(1);
    }

    @Test
    void pruningDeletesABoundedNumberOfThoseThatCannotBeUsed() {
        database.write(connection -> {
            for (int number = 0; number < 1_500; number++) {
                assertions.insert(connection, spent(number));
            }
            return connection;
        });

        assertThat(assertions.prune(SampleAccounts.time(1_199))).isEqualTo(1_000);
        assertThat(assertions.prune(SampleAccounts.time(1_199))).isEqualTo(200);
        assertThat(assertions.prune(SampleAccounts.time(1_199))).isZero();
        assertThat(assertions.since(SampleAccounts.NOON)).hasSize(300).contains(used(1_200));
    }

    private void insert(Spent spent) {
        database.write(connection -> {
            assertions.insert(connection, spent);
            return spent;
        });
    }

    private static Used used(int number) {
        return new Used(SampleAccounts.hash(number), SampleAccounts.time(number), 1);
    }

    private static Spent spent(int number) {
        return new Spent(SampleAccounts.hash(number), SampleAccounts.time(number));
    }
}
