package io.quay.pdp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The small policy directories of `test-fixtures/policy-sets`, copied to where tests may change
/// them.
public final class PolicySets {
    public static final Path REPOSITORY = Path.of(System.getProperty("pdp.repository"));
    public static final Path SCHEMA = REPOSITORY.resolve("schema");

    private PolicySets() {}

    /// @return the copy
    public static Path copy(String name, Path into) {
        Path from = REPOSITORY.resolve("test-fixtures/policy-sets").resolve(name);
        Path to = into.resolve("policies");
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
