package io.quay.pdp.cli;

import java.util.List;

/// The server cannot start.
public final class StartFailure extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient List<String> errors;

    private StartFailure(int exitCode, List<String> errors) {
        super(String.join("; ", errors));
        this.exitCode = exitCode;
        this.errors = List.copyOf(errors);
    }

    public static StartFailure invalidPolicies(List<String> errors) {
        return new StartFailure(Exit.INVALID, errors);
    }

    public static StartFailure io(String error) {
        return new StartFailure(Exit.IO, List.of(error));
    }

    int exitCode() {
        return exitCode;
    }

    List<String> errors() {
        return errors;
    }
}
