package io.quay.pdp.store;

import io.quay.pdp.audit.Sealing;
import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.KeyEncryption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;

/// The audit chain of a test's database, under a key of the test.
public final class TestChain {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Sealing SEALING =
            KeyEncryption.of("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "the test", RANDOM);

    private TestChain() {}

    public static AuditChain open(Database database) {
        return AuditChain.open(database, SEALING, RANDOM, Instant.EPOCH);
    }

    public static AuditCheckpoints checkpoints(Database database, Clock clock) {
        CheckpointKey key =
                CheckpointKey.open(
                        new SqliteCheckpointKeys(database), SEALING, RANDOM, Instant.EPOCH);
        return new AuditCheckpoints(database, key, clock);
    }

    static AuditVerification verification(Database database) {
        var key = CheckpointKey.find(new SqliteCheckpointKeys(database), SEALING, RANDOM);
        return new AuditVerification(
                database, SEALING, signed -> key.flatMap(opened -> opened.findCheckpoint(signed)));
    }

    static Sealing otherSealing() {
        return KeyEncryption.of("ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=", "the test", RANDOM);
    }
}
