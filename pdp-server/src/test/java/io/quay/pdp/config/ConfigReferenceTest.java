package io.quay.pdp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigReferenceTest {
    private static final Path DOCS = Path.of(System.getProperty("pdp.repository", "."), "docs");

    @TempDir private Path temporary;

    @Test
    void theReferenceIsUpToDate() throws IOException {
        isUpToDate("configuration.md", ConfigReference.markdown());
    }

    @Test
    void theExampleIsUpToDate() throws IOException {
        isUpToDate("pdp.example.yaml", ConfigReference.example());
    }

    @Test
    void theExampleIsTheDefaults() throws IOException {
        Path file = Files.writeString(temporary.resolve("pdp.yaml"), ConfigReference.example());
        String directory = temporary.toString();
        Overrides sameBase =
                new Overrides(
                        null,
                        directory + "/data",
                        directory + "/policies",
                        directory + "/schema",
                        null);

        assertThat(ConfigLoader.load(file, Map.of(), Overrides.none()))
                .isInstanceOf(ConfigLoader.Loaded.class)
                .isEqualTo(ConfigLoader.load(null, Map.of(), sameBase));
    }

    /// What is commented out loads as well, but for the two keys of which a caller has one.
    @Test
    void theExampleLoadsWithItsCommentsOpened() throws IOException {
        String opened =
                ConfigReference.example()
                        .replaceAll("(?m)^# peps:", "peps:")
                        .replaceAll("(?m)^#( {2}- | {4}(?!token_file))", "$1")
                        .replaceAll("(?m)# issuer:", "issuer:");
        Path file = Files.writeString(temporary.resolve("pdp.yaml"), opened);

        ConfigLoader.Outcome outcome = ConfigLoader.load(file, Map.of(), Overrides.none());
        assertThat(outcome).isInstanceOf(ConfigLoader.Loaded.class);
        Config config = ((ConfigLoader.Loaded) outcome).config();
        assertThat(config.peps()).extracting(Config.Pep::name).containsExactly("ci");
        assertThat(config.server().issuer()).hasToString("https://pdp.example.com");
    }

    private static void isUpToDate(String name, String generated) throws IOException {
        Path file = DOCS.resolve(name);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(DOCS);
            Files.writeString(file, generated);
        }
        assertThat(file).hasContent(generated);
    }
}
