package io.quay.pdp.store;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/// Starts a class of the tests in a JVM of its own.
final class ChildProcess {
    private ChildProcess() {}

    static Process start(Class<?> main, Path file) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        File errors = file.resolveSibling(main.getSimpleName() + ".stderr").toFile();
        return new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        file.toString())
                .redirectError(errors)
                .start();
    }
}
