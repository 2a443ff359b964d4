package io.quay.pdp.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
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
            SchemaCommand.class,
            SecretCommand.class,
            AuditCommand.class,
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
            switch (exception) {
                case Failure failure -> {
                    report(command, failure.errors());
                    return failure.exitCode();
                }
                case StartFailure failure -> {
                    report(command, failure.errors());
                    return failure.exitCode();
                }
                case IOException e -> {
                    report(command, List.of(describe(e)));
                    return Exit.IO;
                }
                case UncheckedIOException e -> {
                    report(command, List.of(describe(e.getCause())));
                    return Exit.IO;
                }
                default -> throw exception;
            }
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
