package io.quay.pdp.cli;

import io.quay.pdp.jose.CheckpointKey;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.store.AuditVerification;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteCheckpointKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp audit verify`.
@Command(
        name = "verify",
        description = {
            "Checks that no record was changed, deleted, moved or inserted. Changes nothing.",
            "That the newest records are there, or that the whole database is not an older one, is",
            "shown by checkpoints only: the stored ones, and those that left the machine."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp audit verify --data data --checkpoint checkpoints.txt"})
final class AuditVerifyCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory (default: ./data).")
    private Path data = Path.of("data");

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Checkpoints that left the machine, one a line; may be repeated.")
    private List<Path> checkpoints = new ArrayList<>();

    @Option(
            names = "--encryption-key",
            paramLabel = "FILE",
            description = "The key-encryption key (default: DIR/encryption.key).")
    private @Nullable Path encryptionKey;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path file = data.resolve("pdp.db");
        if (!Files.exists(file)) {
            throw new Failure(Exit.IO, file + ": there is no database here");
        }
        List<String> outside = new ArrayList<>();
        for (Path each : checkpoints) {
            outside.addAll(signedIn(each));
        }
        SecureRandom random = new SecureRandom();
        KeyEncryption encryption = AuditKeys.open(AuditKeys.file(encryptionKey, data), random);
        try (Database database = Database.openToRead(file)) {
            report(verify(database, encryption, random, outside));
        }
        return Exit.OK;
    }

    private static AuditVerification.Result verify(
            Database database,
            KeyEncryption encryption,
            SecureRandom random,
            List<String> outside) {
        Optional<CheckpointKey> key;
        try {
            key = CheckpointKey.find(new SqliteCheckpointKeys(database), encryption, random);
        } catch (KeyEncryption.UnusableException e) {
            throw new Failure(Exit.NO, String.valueOf(e.getMessage()));
        }
        return new AuditVerification(
                        database,
                        encryption,
                        signed -> key.flatMap(opened -> opened.findCheckpoint(signed)))
                .verify(outside);
    }

    private void report(AuditVerification.Result result) {
        switch (result) {
            case AuditVerification.Result.Broken(String what) -> throw new Failure(Exit.NO, what);
            case AuditVerification.Result.Sound(long first, long last, int compared) ->
                    spec.commandLine()
                            .getOut()
                            .println(
                                    "sound: %d records, sequence %d to %d, compared with %d %s"
                                            .formatted(
                                                    last - first + 1,
                                                    first,
                                                    last,
                                                    compared,
                                                    compared == 1 ? "checkpoint" : "checkpoints"));
        }
    }

    /// What `pdp audit export --checkpoints` prints: the public key's line is passed over.
    private static List<String> signedIn(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new Failure(Exit.IO, file + ": there is no such file");
        }
        List<String> signed =
                Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("{"))
                        .toList();
        if (signed.isEmpty()) {
            throw new Failure(Exit.IO, file + ": there is no checkpoint in it");
        }
        return signed;
    }
}
