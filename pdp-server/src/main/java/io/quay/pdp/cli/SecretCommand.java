package io.quay.pdp.cli;

import io.quay.pdp.identity.ClientSecret;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pdp secret new`.
@Command(
        name = "secret",
        description = "Makes secrets.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp secret new"},
        subcommands = SecretCommand.New.class)
final class SecretCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(
                spec.commandLine(), "a command is needed: new");
    }

    @Command(
            name = "new",
            description = "Prints a new secret and its SHA-256, for PEPs and for accounts.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: pdp secret new"})
    static final class New implements Callable<Integer> {
        @Spec private CommandSpec spec;

        @Override
        public Integer call() {
            String secret = ClientSecret.generate(new SecureRandom());
            spec.commandLine().getOut().println("secret  " + secret);
            spec.commandLine().getOut().println("sha256  " + ClientSecret.sha256Hex(secret));
            return Exit.OK;
        }
    }
}
