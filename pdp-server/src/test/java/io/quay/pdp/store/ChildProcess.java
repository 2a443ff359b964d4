package io.quay.pdp.store;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts a class of the tests in a JVM of its own.
final class ChildProcess {
    private ChildProcess() {}

    static Process start(Class<?> main, Path file) throws IOException {
        return start(List.of(), main, file);
    }

    /// @param wrapper a command that runs the command which follows it
    static Process start(List<String> wrapper, Class<?> main, Path file) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        File errors = file.resolveSibling(main.getSimpleName() + ".stderr").toFile();
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(
                List.of(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        file.toString()));
        return new ProcessBuilder(command).redirectError(errors).start();
    }
}
