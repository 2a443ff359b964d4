package io.quay.pdp;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// `pdp serve` in a process of its own.
///
/// @param output what it writes to standard output
record ServeProcess(Process process, BufferedReader output, Path errors) implements AutoCloseable {
    private static final String READY = "listening on http://127.0.0.1:";

    /// @param arguments of `pdp`
    static ServeProcess start(Path directory, List<String> arguments) throws IOException {
        return start(directory, arguments, Map.of());
    }

    static ServeProcess start(
            Path directory, List<String> arguments, Map<String, String> environment)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                // quick to start rather than quick
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(arguments);
        Path errors = Files.createTempFile(directory, "serve", ".stderr");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        return new ServeProcess(process, process.inputReader(), errors);
    }

    /// With the policy set `acme` and a data directory in this directory.
    static List<String> serve(Path directory, String listen) {
        return List.of(
                "serve",
                "--listen",
                listen,
                "--data",
                directory.resolve("data").toString(),
                "--policies",
                directory.resolve("policies").toString(),
                "--schema",
                PolicySets.SCHEMA.toString());
    }

    /// Waits for the line that says so.
    int port() throws IOException {
        String line = output.readLine();
        if (line == null || !line.startsWith(READY)) {
            throw new IllegalStateException("not listening: " + line + "\n" + errorText());
        }
        return Integer.parseInt(line.substring(READY.length()));
    }

    /// Sends SIGTERM. Not by the Process: that would close the pipe as well.
    void terminate() {
        process.toHandle().destroy();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("still runs");
        }
        return process.exitValue();
    }

    String errorText() throws IOException {
        return Files.readString(errors);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
