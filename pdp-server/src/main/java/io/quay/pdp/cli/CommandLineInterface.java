package io.quay.pdp.cli;

import io.quay.pdp.quay.InvalidCatalogException;
import io.quay.pdp.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The command `pdp` and its subcommands.
@Command(
        name = "pdp",
        description = "Machine identity and authorization for Quay's Management API.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp validate --policies policies"},
        subcommands = {
            ValidateCommand.class,
            TestCommand.class,
            ExplainCommand.class,
            SchemaCommand.class,
            TokenCommand.class,
            QuayCommand.class,
            SecretCommand.class,
            AuditCommand.class,
            BootstrapCommand.class,
            VersionCommand.class
        })
public final class CommandLineInterface implements Runnable {
    @Spec private CommandSpec spec;

    private CommandLineInterface() {}

    /// @return the exit code
    public static int run(ServerFactory servers, String... args) {
        CommandLine line = new CommandLine(new CommandLineInterface());
        line.addSubcommand("serve", new ServeCommand(servers));
        line.setExecutionExceptionHandler((exception, command, _) -> {
            Failure failure = failureOf(exception);
            report(command, failure.errors());
            return failure.exitCode();
        });
        line.setParameterExceptionHandler((exception, _) -> {
            report(exception.getCommandLine(), List.of(String.valueOf(exception.getMessage())));
            exception
                    .getCommandLine()
                    .getErr()
                    .println(
                            "see `"
                                    + exception.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help`");
            return Exit.USAGE;
        });
        return line.execute(args);
    }

    /// @throws Exception the one given, when it is a bug
    private static Failure failureOf(Exception exception) throws Exception {
        return switch (exception) {
            case Failure failure -> failure;
            case StartFailure failure -> new Failure(failure.exitCode(), failure.errors());
            case StoreException failure ->
                    new Failure(Exit.IO, String.valueOf(failure.getMessage()));
            case InvalidCatalogException failure ->
                    new Failure(Exit.INVALID, "management-api.json: " + failure.getMessage());
            case IOException failure -> new Failure(Exit.IO, describe(failure));
            case UncheckedIOException failure ->
                    new Failure(Exit.IO, describe(Objects.requireNonNull(failure.getCause())));
            default -> throw exception;
        };
    }

    private static String describe(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + ": " + e.getMessage();
    }

    private static void report(CommandLine command, List<String> errors) {
        errors.forEach(error -> command.getErr().println("error: " + error));
        command.getErr().flush();
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed");
    }
}
