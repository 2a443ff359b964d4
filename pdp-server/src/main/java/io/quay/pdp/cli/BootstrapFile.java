package io.quay.pdp.cli;

import io.quay.pdp.accounts.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// `bootstrap.json`: the first administrator's credential, as OAuth clients read it.
public final class BootstrapFile {
    private BootstrapFile() {}

    public static Path in(Path data) {
        return data.resolve("bootstrap.json");
    }

    /// @return whether there was one
    public static boolean delete(Path file) throws IOException {
        return Files.deleteIfExists(file);
    }

    public static void write(Path file, String secret, Instant expiresAt) throws IOException {
        CredentialFile.write(
                file,
                CredentialFile.object()
                        .put("client_id", Bootstrap.NAME)
                        .put("client_secret", secret)
                        .put("expires_at", expiresAt.truncatedTo(ChronoUnit.SECONDS).toString()));
    }
}
