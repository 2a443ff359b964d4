package io.quay.pdp.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp audit`.
@Command(
        name = "audit",
        description = "Reads, checks and marks the records of decisions and events.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp audit verify --data data"},
        subcommands = {
            AuditExportCommand.class,
            AuditVerifyCommand.class,
            AuditCheckpointCommand.class
        })
final class AuditCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is needed: export, verify or checkpoint");
    }
}
