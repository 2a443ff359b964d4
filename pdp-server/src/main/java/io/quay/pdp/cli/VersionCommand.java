package io.quay.pdp.cli;

import io.quay.pdp.cedar.CedarVersion;
import io.quay.pdp.quay.Catalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pdp version`.
@Command(
        name = "version",
        description =
                "Prints the versions of the program, of Cedar, and of the Quay that the schema was made from.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp version"})
final class VersionCommand implements Callable<Integer> {
    @Mixin private Workshop workshop = new Workshop();

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Properties versions = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("/version.properties")) {
            versions.load(Objects.requireNonNull(in));
        }
        var out = spec.commandLine().getOut();
        out.println("pdp             " + versions.getProperty("version"));
        out.println("cedar language  " + CedarVersion.language());
        out.println("cedar sdk       " + versions.getProperty("cedar.sdk"));
        Path catalog = workshop.schema().resolve("management-api.json");
        out.println(
                "quay            "
                        + (Files.exists(catalog)
                                ? "commit " + Catalog.read(catalog).commit()
                                : "no catalog"));
        return Exit.OK;
    }
}
