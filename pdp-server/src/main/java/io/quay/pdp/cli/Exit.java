package io.quay.pdp.cli;

/// Exit codes, by the contract.
final class Exit {
    static final int OK = 0;

    /// A deny, a stale file, or what else a command answers no to.
    static final int NO = 1;

    static final int USAGE = 2;
    static final int INVALID = 3;
    static final int TESTS_FAILED = 4;
    static final int IO = 5;

    private Exit() {}
}
