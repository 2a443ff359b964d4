package io.quay.pdp.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp quay`.
@Command(
        name = "quay",
        description = "Looks at Quay.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp quay doctor --config pdp.yaml --account svc-terraform"},
        subcommands = DoctorCommand.class)
final class QuayCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: doctor");
    }
}
