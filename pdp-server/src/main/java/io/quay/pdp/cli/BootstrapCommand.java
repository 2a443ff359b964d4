package io.quay.pdp.cli;

import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.ServiceAccounts;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp bootstrap reset`.
@Command(
        name = "bootstrap",
        description = "Renews the first administrator's credential.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp bootstrap reset --data data"},
        subcommands = BootstrapCommand.Reset.class)
final class BootstrapCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: reset");
    }

    @Command(
            name = "reset",
            description = {
                "Replaces the bootstrap account's credentials by a new one and enables the account.",
                "For a server that does not run."
            },
            mixinStandardHelpOptions = true,
            footer = {"", "Example: pdp bootstrap reset --data data"})
    static final class Reset implements Callable<Integer> {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "The data directory (default: ./data).")
        private Path data = Path.of("data");

        @Option(
                names = "--lifetime",
                paramLabel = "DURATION",
                description = "How long it is good (default: PT24H).")
        private Duration lifetime = Duration.ofHours(24);

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
            if (!lifetime.isPositive() || lifetime.compareTo(Duration.ofDays(30)) > 0) {
                throw new ParameterException(
                        spec.commandLine(), "--lifetime must be more than PT0S and at most P30D");
            }
            Path written = BootstrapFile.in(data);
            SecureRandom random = new SecureRandom();
            String secret = ClientSecret.generate(random);
            Clock clock = Clock.systemUTC();
            try (Database database = Database.open(file)) {
                AuditKeys.openChain(database, AuditKeys.file(encryptionKey, data), random);
                Store store = new SqliteStore(database);
                Directory directory = new Directory(ServiceAccounts::none);
                directory.load(store);
                Instant end =
                        new Bootstrap(store, directory, new DecisionIds(clock, random), clock)
                                .reset(secret, lifetime);
                BootstrapFile.write(written, secret, end);
                spec.commandLine().getOut().println(written + "  good until " + end);
            }
            return Exit.OK;
        }
    }
}
