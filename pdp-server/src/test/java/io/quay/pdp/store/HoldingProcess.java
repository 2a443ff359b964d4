package io.quay.pdp.store;

import java.io.IOException;
import java.nio.file.Path;

/// Opens a database and holds it until it is killed or its input ends.
final class HoldingProcess {
    private HoldingProcess() {}

    public static void main(String[] args) throws IOException {
        try (Database _ = Database.open(Path.of(args[0]))) {
            System.out.println("open");
            System.in.read();
        }
    }
}
