package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DecisionRecord;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CallRecordsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir private Path directory;
    private final DecisionIds ids = new DecisionIds(Clock.systemUTC(), new SecureRandom());

    private DecisionRecord decision(String id, String caller, boolean allowed) {
        return new DecisionRecord(
                id,
                NOW,
                caller,
                null,
                null,
                null,
                "getRepo",
                null,
                allowed,
                allowed ? null : "no_permit",
                List.of(),
                "v1",
                Map.of(),
                false);
    }

    private SqliteDecisionLog log(Database database) {
        return new SqliteDecisionLog(
                        database,
                        SqliteDecisionLog.Durability.SYNC,
                        SqliteDecisionLog.Limits.defaults())
                .start();
    }

    private CallRecord passed(String id, @Nullable String credential) {
        return new CallRecord(
                id, NOW, null, State.PASSED, null, null, "r", credential, "GET", "getRepo", "::1");
    }

    @Test
    void aCallThatACrashLeftWithoutAnEndIsUnknownAndNotMissing() {
        try (Database database = Database.open(directory.resolve("pdp.db"));
                SqliteDecisionLog log = log(database)) {
            log.append(decision("d1", CallRecord.GATEWAY, true));
            log.append(decision("d2", CallRecord.GATEWAY, true));
            log.append(decision("d3", CallRecord.GATEWAY, false));
            log.append(decision("d4", "pep", true));
            log.ended(CallRecord.ofDecision("c1", NOW, "d1", State.ANSWERED, 200, 7L, "r"), true);
        }
        try (Database database = Database.open(directory.resolve("pdp.db"));
                SqliteDecisionLog log = log(database)) {
            assertThat(log.settleCalls(ids::next, NOW)).isOne();
            assertThat(log.settleCalls(ids::next, NOW)).isZero();
            Map<String, CallRecord> ends = log.endsOf(List.of("d1", "d2", "d3", "d4"));
            assertThat(ends).containsOnlyKeys("d1", "d2");
            assertThat(ends.get("d1"))
                    .isEqualTo(
                            CallRecord.ofDecision("c1", NOW, "d1", State.ANSWERED, 200, 7L, "r"));
            assertThat(ends.values()).extracting(CallRecord::state).contains(State.UNKNOWN);
        }
    }

    @Test
    void anEndDoesNotOvertakeItsDecision() throws Exception {
        try (Database database = Database.open(directory.resolve("pdp.db"))) {
            AuditChain.open(
                    database, io.quay.pdp.token.Rings.encryption(), new SecureRandom(), NOW);
            try (SqliteDecisionLog log =
                    new SqliteDecisionLog(
                            database,
                            SqliteDecisionLog.Durability.BATCH,
                            SqliteDecisionLog.Limits.defaults())) {
                log.append(decision("d1", CallRecord.GATEWAY, true));
                log.ended(
                        CallRecord.ofDecision("c1", NOW, "d1", State.ANSWERED, 200, 7L, "r"),
                        false);
                log.start();
            }
            assertThat(linked(database)).containsExactly("d1", "c1");
        }
    }

    private static List<String> linked(Database database) {
        return database.read(connection -> {
            try (var statement = connection.createStatement();
                    var rows =
                            statement.executeQuery(
                                    "SELECT record_id FROM audit_link ORDER BY sequence")) {
                List<String> ids = new java.util.ArrayList<>();
                while (rows.next()) {
                    ids.add(rows.getString(1));
                }
                return ids;
            }
        });
    }

    @Test
    void aPassedCallIsKeptWithWhatItWasPassedFor() {
        try (Database database = Database.open(directory.resolve("pdp.db"));
                SqliteDecisionLog log = log(database)) {
            log.passed(passed("c1", "session"));
            assertThat(log.findCalls(null, 10)).containsExactly(passed("c1", "session"));
            assertThat(log.findCalls("c1", 10)).isEmpty();
        }
    }

    @Test
    void aChangedCallBreaksTheChain() throws Exception {
        java.nio.file.Path file = directory.resolve("pdp.db");
        io.quay.pdp.audit.Sealing sealing = io.quay.pdp.token.Rings.encryption();
        try (Database database = Database.open(file)) {
            AuditChain.open(database, sealing, new SecureRandom(), NOW);
            try (SqliteDecisionLog log = log(database)) {
                log.passed(passed("c1", "session"));
                log.append(decision("d1", CallRecord.GATEWAY, true));
                log.ended(
                        CallRecord.ofDecision("c2", NOW, "d1", State.ANSWERED, 200, 7L, "r"), true);
            }
            assertThat(walked(database, sealing)).isEqualTo("End");
            database.<Integer>write(connection -> {
                try (var statement = connection.createStatement()) {
                    return statement.executeUpdate(
                            "UPDATE quay_call SET status = 500 WHERE id = 'c2'");
                }
            });
            assertThat(walked(database, sealing)).contains("call c2");
        }
    }

    private static String walked(Database database, io.quay.pdp.audit.Sealing sealing) {
        return database.read(connection -> {
            byte[] key = java.util.Objects.requireNonNull(AuditChain.findKey(connection, sealing));
            try (ChainWalk walk = new ChainWalk(connection, new ChainMac(key), 0)) {
                ChainWalk.Step step = walk.next();
                while (step instanceof ChainWalk.Step.Fine) {
                    step = walk.next();
                }
                return step instanceof ChainWalk.Step.Broken(String what) ? what : "End";
            }
        });
    }
}
