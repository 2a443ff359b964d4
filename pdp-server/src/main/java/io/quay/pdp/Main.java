package io.quay.pdp;

import io.quay.pdp.cli.CommandLineInterface;

/// Entry point.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(CommandLineInterface.run(PdpServer::open, args));
    }
}
