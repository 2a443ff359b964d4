package io.quay.pdp.cli;

import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.store.AuditChain;
import io.quay.pdp.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The key-encryption key for commands that read or record offline.
final class AuditKeys {
    private AuditKeys() {}

    /// @param given by the command line; null = the one beside the data
    static Path file(@Nullable Path given, Path data) {
        return given == null ? data.resolve(KeyEncryption.FILE_NAME) : given;
    }

    /// @throws Failure when it is missing or unusable
    static KeyEncryption open(Path file, SecureRandom random) {
        if (!Files.exists(file)) {
            throw new Failure(
                    Exit.IO,
                    file + ": there is no encryption key here; give it with --encryption-key");
        }
        try {
            return KeyEncryption.in(file, random);
        } catch (KeyEncryption.UnusableException e) {
            throw new Failure(Exit.IO, String.valueOf(e.getMessage()));
        }
    }

    /// Opens the audit chain of a database that has one, so that commands can record.
    ///
    /// @throws Failure when the key is missing or unusable
    static void openChain(Database database, Path key, SecureRandom random) {
        if (AuditChain.sealed(database)) {
            AuditChain.open(database, open(key, random), random, Instant.now());
        }
    }
}
