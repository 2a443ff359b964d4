package io.quay.pdp.cli;

import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.store.AuditChain;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteCheckpointKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp audit checkpoint`.
@Command(
        name = "checkpoint",
        description = {
            "Signs where the chain of records is now, and prints it: keep it on another machine.",
            "For a server that does not run; one that runs does so every 15 minutes and when it ends."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp audit checkpoint --data data >> checkpoints.txt"})
final class AuditCheckpointCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory (default: ./data).")
    private Path data = Path.of("data");

    @Option(
            names = "--encryption-key",
            paramLabel = "FILE",
            description = "The key-encryption key (default: DIR/encryption.key).")
    private @Nullable Path encryptionKey;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Path file = data.resolve("pdp.db");
        if (!Files.exists(file)) {
            throw new Failure(Exit.IO, file + ": there is no database here");
        }
        SecureRandom random = new SecureRandom();
        Clock clock = Clock.systemUTC();
        KeyEncryption encryption = AuditKeys.open(AuditKeys.file(encryptionKey, data), random);
        try (Database database = Database.open(file)) {
            AuditChain.open(database, encryption, random, clock.instant());
            CheckpointKey key =
                    CheckpointKey.open(
                            new SqliteCheckpointKeys(database),
                            encryption,
                            random,
                            clock.instant());
            new AuditCheckpoints(database, key, clock).take();
            List<String> signed = AuditCheckpoints.signed(database);
            if (signed.isEmpty()) {
                throw new Failure(Exit.NO, file + ": nothing was recorded yet");
            }
            spec.commandLine().getOut().println(signed.getLast());
        } catch (KeyEncryption.UnusableException e) {
            throw new Failure(Exit.IO, String.valueOf(e.getMessage()));
        }
        return Exit.OK;
    }
}
