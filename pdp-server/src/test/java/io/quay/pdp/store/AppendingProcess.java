package io.quay.pdp.store;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.DecisionRecords;
import io.quay.pdp.store.SqliteDecisionLog.Durability;
import io.quay.pdp.store.SqliteDecisionLog.Limits;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;

/// Appends decisions from 32 threads for ever, and prints each id once `append` has returned.
final class AppendingProcess {
    private AppendingProcess() {}

    public static void main(String[] args) {
        Database database = Database.open(Path.of(args[0]));
        TestChain.open(database);
        SqliteDecisionLog log =
                new SqliteDecisionLog(database, Durability.SYNC, Limits.defaults()).start();
        DecisionIds ids = new DecisionIds(Clock.systemUTC(), new SecureRandom());
        for (int i = 0; i < 32; i++) {
            Thread.ofPlatform().start(() -> appendForEver(log, ids));
        }
    }

    private static void appendForEver(SqliteDecisionLog log, DecisionIds ids) {
        while (true) {
            String id = ids.next();
            log.append(DecisionRecords.withId(id));
            System.out.println(id);
        }
    }
}
