package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.http.Pep;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.ServiceAccounts;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FirstStartTest {
    @TempDir private Path directory;
    private Path file;

    @BeforeEach
    void makeDataDirectory() throws IOException {
        file = Files.createDirectories(directory.resolve("data")).resolve("pep.json");
    }

    private Config config(Map<String, String> environment) {
        return TestServer.config(directory, "{}", environment);
    }

    private Pep start() {
        return start(Map.of());
    }

    private Pep start(Map<String, String> environment) {
        return new FirstStart(config(environment), new SecureRandom(), Clock.systemUTC()).pep();
    }

    @Test
    void makesACredentialThatOnlyItsOwnerCanRead() throws IOException {
        Pep made = start();
        var content = TestServer.JSON.readTree(Files.readString(file));
        assertThat(content.path("name").asText()).isEqualTo("first-start");
        assertThat(ClientSecret.isWellFormed(content.path("token").asText())).isTrue();
        assertThat(made.tokenSha256())
                .isEqualTo(ClientSecret.sha256Hex(content.path("token").asText()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(directory.resolve("data")).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void keepsTheCredentialAtTheNextStart() throws IOException {
        Pep made = start();
        String content = Files.readString(file);
        assertThat(start()).isEqualTo(made);
        assertThat(file).hasContent(content);
    }

    @Test
    void closesACredentialThatOthersCanRead() throws IOException {
        start();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        start();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void takesThePresetAndWritesItNowhere() {
        String token = ClientSecret.generate(new SecureRandom());
        Pep preset = start(Map.of("PDP_PEP_TOKEN", token));
        assertThat(preset.tokenSha256()).isEqualTo(ClientSecret.sha256Hex(token));
        assertThat(file).doesNotExist();
    }

    @Test
    void refusesAMalformedPresetWithoutShowingIt() {
        Config plain = config(Map.of());
        Config preset =
                new Config(
                        plain.server(),
                        plain.storage(),
                        plain.policies(),
                        plain.schema(),
                        plain.decisions(),
                        plain.peps(),
                        plain.audit(),
                        plain.credentials(),
                        plain.tokens(),
                        plain.federation(),
                        plain.quay(),
                        plain.gateway(),
                        new Config.Presets(null, new Secret("qpdp_canary")));
        assertThatThrownBy(
                        () -> new FirstStart(preset, new SecureRandom(), Clock.systemUTC()).pep())
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("PDP_PEP_TOKEN")
                .hasMessageNotContaining("canary");
    }

    @Test
    void deletesTheCredentialOfABootstrapAccountThatHasEnded() throws IOException {
        Path bootstrap = directory.resolve("data/bootstrap.json");
        Instant end;
        try (TestServer server = TestServer.start(directory)) {
            assertThat(server.get("/livez").status()).isEqualTo(200);
            end =
                    Instant.parse(
                            TestServer.JSON
                                    .readTree(bootstrap.toFile())
                                    .path("expires_at")
                                    .asText());
        }
        try (Database database = Database.open(directory.resolve("data/pdp.db"))) {
            Store store = new SqliteStore(database);
            Clock now = Clock.systemUTC();
            firstStart(store, now);
            assertThat(bootstrap).exists();
            firstStart(store, Clock.fixed(end.plusSeconds(1), ZoneOffset.UTC));
            assertThat(bootstrap).doesNotExist();
        }
    }

    private void firstStart(Store store, Clock clock) {
        Directory accounts = new Directory(ServiceAccounts::none);
        accounts.load(store);
        SecureRandom random = new SecureRandom();
        new FirstStart(config(Map.of()), random, clock)
                .bootstrap(new Bootstrap(store, accounts, new DecisionIds(clock, random), clock));
    }

    @ParameterizedTest(name = "file {0}")
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "{\"token\": \"qpdp_canary\"}",
                "{\"token\": qpdp_canary}",
                "{\"token\": 5}",
                "\"qpdp_canary\"",
                "qpdp_canary"
            })
    void refusesAFileThatHoldsNoCredentialWithoutShowingIt(String content) throws IOException {
        Files.writeString(file, content);
        assertThatThrownBy(() -> start())
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("pep.json")
                .hasMessageNotContaining("canary");
        assertThat(file).hasContent(content);
    }
}
