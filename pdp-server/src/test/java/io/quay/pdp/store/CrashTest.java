package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CrashTest {
    @TempDir private Path temporary;

    @ParameterizedTest(name = "after {0} decisions")
    @ValueSource(ints = {1, 500, 5_000})
    @Timeout(60)
    void killedMidLoadItHasLostNothingThatItConfirmed(int decisions) throws Exception {
        Path file = temporary.resolve("pdp.db");
        Set<String> confirmed = appendUntilKilled(file, decisions);
        Set<String> kept = ids(file);

        assertThat(confirmed).hasSizeGreaterThanOrEqualTo(decisions);
        assertThat(kept).containsAll(confirmed);
        try (Database database = Database.openToRead(file)) {
            assertThat(TestChain.verification(database).verify(List.of()))
                    .isEqualTo(new AuditVerification.Result.Sound(1, kept.size(), 0));
        }
    }

    /// Reads what the child confirms, kills it when there is enough, and reads on to the end of the
    /// pipe: also what was confirmed while the signal was on its way.
    private static Set<String> appendUntilKilled(Path file, int decisions) throws Exception {
        Process child = ChildProcess.start(AppendingProcess.class, file);
        Set<String> confirmed = new HashSet<>();
        try (BufferedReader output = child.inputReader()) {
            String line = output.readLine();
            while (line != null) {
                if (line.matches("[0-9A-Z]{%d}".formatted(DecisionIds.LENGTH))) {
                    confirmed.add(line);
                }
                if (confirmed.size() == decisions) {
                    // Not by the Process: that would close the pipe as well.
                    child.toHandle().destroyForcibly();
                }
                line = output.readLine();
            }
            assertThat(child.waitFor()).as("killed, not ended").isEqualTo(128 + 9);
        } finally {
            child.destroyForcibly();
        }
        return confirmed;
    }

    private static Set<String> ids(Path file) {
        Set<String> ids = new HashSet<>();
        try (Database database = Database.open(file);
                SqliteDecisionLog log =
                        new SqliteDecisionLog(database, Durability.SYNC, Limits.defaults())) {
            DecisionQuery query = DecisionQuery.latest(DecisionQuery.MAX_LIMIT);
            for (List<DecisionRecord> page = log.find(query);
                    !page.isEmpty();
                    page = log.find(query.after(page.getLast().id()))) {
                page.forEach(decision -> ids.add(decision.id()));
            }
        }
        return ids;
    }
}
