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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final String NOT_COMPARED =
            "the records are sound, but no checkpoint is kept, and none was given that covers them:"
                    + " whether the newest were cut off cannot be told; take one with"
                    + " `pdp audit checkpoint`, or start the server";

    /// A JWS in its compact form (RFC 7515 §7.1), whose header is a JSON object.
    private static final Pattern SIGNED = Pattern.compile("eyJ[\\w-]*\\.[\\w-]+\\.[\\w-]+");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory (default: ./data).")
    private Path data = Path.of("data");

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description =
                    "Checkpoints that left the machine, such as the server's log; may be repeated.")
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
            case AuditVerification.Result.Sound(
                            long first,
                            long last,
                            int compared,
                            int tooOld) -> {
                if (compared == 0 && last >= first) {
                    throw new Failure(Exit.NO, NOT_COMPARED);
                }
                if (tooOld > 0) {
                    spec.commandLine()
                            .getErr()
                            .println(
                                    "warning: %d given %s older than the oldest record kept: nothing is left to compare with"
                                            .formatted(
                                                    tooOld,
                                                    tooOld == 1
                                                            ? "checkpoint is"
                                                            : "checkpoints are"));
                }
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
    }

    /// The checkpoints in what `pdp audit export --checkpoints` prints, or in the server's log: of
    /// every line that holds one, whatever else it holds.
    private static List<String> signedIn(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new Failure(Exit.IO, file + ": there is no such file");
        }
        List<String> signed =
                Files.readAllLines(file).stream()
                        .map(SIGNED::matcher)
                        .filter(Matcher::find)
                        .map(Matcher::group)
                        .distinct()
                        .toList();
        if (signed.isEmpty()) {
            throw new Failure(Exit.IO, file + ": there is no checkpoint in it");
        }
        return signed;
    }
}
