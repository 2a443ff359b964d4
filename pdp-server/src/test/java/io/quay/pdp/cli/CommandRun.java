package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// One run of `pdp`, with all that it wrote.
record CommandRun(int exitCode, String out, String err) {
    static CommandRun of(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int exitCode =
                    CommandLineInterface.run(
                            _ -> {
                                throw StartFailure.io("no server here");
                            },
                            arguments);
            return new CommandRun(
                    exitCode,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
    }

    JsonNode json() {
        try {
            return TestServer.JSON.readTree(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
