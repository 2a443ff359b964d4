package io.quay.pdp;

import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.store.AuditChain;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteCheckpointKeys;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteExchanges;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteSpentAssertions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.BooleanSupplier;

/// What keeps records, and the key that seals what is secret among them.
final class RecordKeeping {
    private RecordKeeping() {}

    static KeyEncryption encryption(Config config, Database database, SecureRandom random) {
        boolean sealed =
                AuditChain.sealed(database) || !new SqliteSigningKeys(database).all().isEmpty();
        Path file = config.tokens().encryptionKeyFile();
        Secret key = config.tokens().encryptionKey();
        if (file != null) {
            return KeyEncryption.in(file, random);
        }
        return key != null
                ? KeyEncryption.of(key.value(), "tokens.encryption_key", random)
                : KeyEncryption.beside(config.storage().directory(), sealed, random);
    }

    static AuditCheckpoints audit(
            Database database, KeyEncryption encryption, SecureRandom random, Clock clock) {
        AuditChain.open(database, encryption, random, clock.instant());
        CheckpointKey key =
                CheckpointKey.open(
                        new SqliteCheckpointKeys(database), encryption, random, clock.instant());
        return new AuditCheckpoints(database, key, clock);
    }

    static SqliteDecisionLog log(
            Config config, Database database, BooleanSupplier scarce, Clock clock) {
        return new SqliteDecisionLog(
                database,
                Configured.durability(config),
                SqliteDecisionLog.Limits.defaults(),
                scarce,
                clock);
    }

    static Retention retention(
            Config config,
            Database database,
            SqliteDecisionLog log,
            AuditCheckpoints audit,
            Clock clock) {
        return new Retention(
                new Retention.Records(
                        log,
                        audit,
                        new SqliteSpentAssertions(database),
                        new SqliteExchanges(database)),
                config.audit().retention(),
                clock);
    }
}
