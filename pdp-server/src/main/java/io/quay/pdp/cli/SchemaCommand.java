package io.quay.pdp.cli;

import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.CedarSchemaGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp schema`.
@Command(
        name = "schema",
        description = "Regenerates quay.cedarschema from management-api.json and quay-head.txt.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp schema --check"})
final class SchemaCommand implements Callable<Integer> {
    @Option(
            names = "--schema",
            paramLabel = "DIR",
            description = "The schema directory (default: ./schema).")
    private @Nullable Path directory;

    @Option(names = "--check", description = "Write nothing; exit 1 when the file is stale.")
    private boolean check;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path schema = directory != null ? directory : Home.directory("schema");
        Path file = schema.resolve("quay.cedarschema");
        String generated =
                CedarSchemaGenerator.generate(
                        Catalog.read(schema.resolve("management-api.json")),
                        Files.readString(schema.resolve("quay-head.txt")));
        boolean current = Files.exists(file) && Files.readString(file).equals(generated);
        if (current) {
            spec.commandLine().getOut().println(file + " is up to date");
            return Exit.OK;
        }
        if (check) {
            throw new Failure(Exit.NO, file + " is stale: run `pdp schema`");
        }
        Files.writeString(file, generated);
        spec.commandLine().getOut().println(file + " written");
        return Exit.OK;
    }
}
