package io.quay.pdp.policy;

import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.quay.Catalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// A policy directory that a test writes and loads with the real engine.
///
/// @param directory exists
public record TestRepository(Path directory, LoadedSchema schema) {
    public static final PolicyLanguage LANGUAGE = new CedarLanguage(new CedarThreads());
    private static final LoadedSchema QUAY =
            schemaIn(Path.of(System.getProperty("pdp.repository"), "schema"));

    /// With the schema that ships.
    public static TestRepository quay(Path directory) {
        return new TestRepository(directory, QUAY);
    }

    /// With a schema of the test's own and no catalog.
    public static TestRepository other(Path parent, String cedarschema) {
        TestRepository files = new TestRepository(parent, QUAY);
        files.with("schema/test.cedarschema", cedarschema).with("policies/README.md", "");
        return new TestRepository(parent.resolve("policies"), schemaIn(parent.resolve("schema")));
    }

    static LoadedSchema schemaIn(Path directory) {
        return switch (LoadedSchema.load(directory, LANGUAGE)) {
            case LoadedSchema.Result.Loaded(LoadedSchema schema) -> schema;
            case LoadedSchema.Result.Rejected(List<Problem> problems) ->
                    throw new AssertionError("the schema is refused: " + problems);
        };
    }

    /// Writes one file.
    public TestRepository with(String name, String content) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Adds to `access/test.cedar`, each policy named `p1`, `p2`, … in order unless it names
    /// itself.
    public TestRepository withAccess(String... policies) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < policies.length; i++) {
            if (!policies[i].isEmpty() && !policies[i].contains("@id")) {
                text.append("@id(\"p").append(i + 1).append("\") ");
            }
            text.append(policies[i]).append('\n');
        }
        return with("access/test.cedar", text.toString());
    }

    /// `accounts.yaml` with these accounts and nothing else about them.
    public TestRepository withAccounts(String... names) {
        StringBuilder yaml = new StringBuilder("service_accounts:\n");
        for (String name : names) {
            yaml.append("  - name: ").append(name).append('\n');
        }
        return with("accounts.yaml", yaml.toString());
    }

    /// As a server loads it.
    public Snapshot load() {
        return switch (repository().ofServer().load(directory)) {
            case PolicyRepository.Result.Loaded(Snapshot snapshot) -> snapshot;
            case PolicyRepository.Result.Rejected(List<Problem> problems) ->
                    throw new AssertionError("the policies are refused: " + problems);
        };
    }

    /// Of the schema that ships.
    public Catalog catalog() {
        return Objects.requireNonNull(schema.catalog());
    }

    /// What is wrong; empty when it loads.
    public List<Problem> problems() {
        return switch (repository().load(directory)) {
            case PolicyRepository.Result.Loaded _ -> List.of();
            case PolicyRepository.Result.Rejected(List<Problem> problems) -> problems;
        };
    }

    /// Names of the rules that were broken, each once.
    public List<String> rules() {
        return problems().stream().map(Problem::rule).distinct().sorted().toList();
    }

    public PolicyRepository repository() {
        return new PolicyRepository(schema, LANGUAGE);
    }
}
