package io.quay.pdp;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.accounts.Bootstrap;
import io.quay.pdp.cli.BootstrapFile;
import io.quay.pdp.cli.CredentialFile;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.http.Pep;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The credentials that the first start leaves in the data directory: the PEP's, with which
/// decisions can be asked for at once, and the first administrator's.
final class FirstStart {
    private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
    private static final String NAME = "first-start";

    private final Config config;
    private final SecureRandom random;
    private final Clock clock;

    FirstStart(Config config, SecureRandom random, Clock clock) {
        this.config = config;
        this.random = random;
        this.clock = clock;
    }

    /// The PEP that may use every face and name subjects.
    ///
    /// @throws StartFailure when its credential cannot be had
    Pep pep() {
        Path file = config.storage().directory().resolve("pep.json");
        Secret preset = config.presets().pepToken();
        try {
            if (preset != null) {
                return pep(NAME, wellFormed(preset.value(), "PDP_PEP_TOKEN"));
            }
            return Files.exists(file) ? kept(file) : made(file);
        } catch (IOException e) {
            throw StartFailure.io(file + ": the PEP's credential: " + e.getClass().getSimpleName());
        }
    }

    private static Pep kept(Path file) throws IOException {
        JsonNode kept = CredentialFile.read(file);
        return pep(
                kept.path("name").asText(NAME),
                wellFormed(kept.path("token").asText(""), file.toString()));
    }

    private Pep made(Path file) throws IOException {
        String token = ClientSecret.generate(random);
        CredentialFile.write(file, CredentialFile.object().put("name", NAME).put("token", token));
        LOG.atInfo()
                .addKeyValue("file", file)
                .log("first start: the PEP's credential is in this file");
        return pep(NAME, token);
    }

    private static Pep pep(String name, String token) {
        return new Pep(
                name, ClientSecret.sha256Hex(token), Set.of(Pep.Face.values()), true, true, false);
    }

    private static String wellFormed(String token, String where) {
        if (!ClientSecret.isWellFormed(token)) {
            throw StartFailure.io(
                    where + ": the token is not of the form that `pdp secret new` makes");
        }
        return token;
    }

    private static void deleteUseless(Path file) {
        try {
            if (BootstrapFile.delete(file)) {
                LOG.atInfo()
                        .addKeyValue("file", file)
                        .log("deleted: the first administrator's credential is of no use any more");
            }
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log(
                            "the first administrator's old credential cannot be deleted: delete this file");
        }
    }

    /// Makes the first administrator when there never was one. The file comes first: a crash in
    /// between leaves a secret that the next start takes up, never an account that nobody can use.
    ///
    /// @throws StartFailure when the file cannot be written
    void bootstrap(Bootstrap bootstrap) {
        Path file = BootstrapFile.in(config.storage().directory());
        if (bootstrap.exists()) {
            if (bootstrap.activeUntil().isEmpty()) {
                deleteUseless(file);
            }
            return;
        }
        Secret preset = config.presets().bootstrapSecret();
        try {
            if (preset != null) {
                Instant end =
                        bootstrap.make(preset.value(), config.credentials().bootstrapLifetime());
                LOG.atInfo()
                        .addKeyValue("account", Bootstrap.NAME)
                        .addKeyValue("until", end)
                        .log("first start: the first administrator's secret was preset");
                return;
            }
            String secret =
                    Files.exists(file)
                            ? wellFormed(
                                    CredentialFile.read(file).path("client_secret").asText(""),
                                    file.toString())
                            : ClientSecret.generate(random);
            BootstrapFile.write(
                    file, secret, clock.instant().plus(config.credentials().bootstrapLifetime()));
            Instant end = bootstrap.make(secret, config.credentials().bootstrapLifetime());
            BootstrapFile.write(file, secret, end);
            LOG.atInfo()
                    .addKeyValue("file", file)
                    .addKeyValue("until", end)
                    .log("first start: the first administrator's credential is in this file");
        } catch (IOException e) {
            throw StartFailure.io(
                    file
                            + ": the first administrator's credential: "
                            + e.getClass().getSimpleName());
        }
    }
}
