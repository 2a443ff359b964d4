package io.quay.pdp.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the product's own `policies` and `schema` lie when the working directory has none:
/// `scripts/pdp` says so with the system property `pdp.home`.
final class Home {
    private Home() {}

    static Path directory(String name) {
        Path here = Path.of(name);
        String home = System.getProperty("pdp.home");
        return home == null || Files.isDirectory(here) ? here : Path.of(home, name);
    }
}
