package io.quay.pdp.cli;

import java.util.List;

/// A command ends with an exit code and errors, one a line.
final class Failure extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient List<String> errors;

    Failure(int exitCode, List<String> errors) {
        super(String.join("; ", errors), null, false, false);
        this.exitCode = exitCode;
        this.errors = List.copyOf(errors);
    }

    Failure(int exitCode, String error) {
        this(exitCode, List.of(error));
    }

    int exitCode() {
        return exitCode;
    }

    List<String> errors() {
        return errors;
    }
}
