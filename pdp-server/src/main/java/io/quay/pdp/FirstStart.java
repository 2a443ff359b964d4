package io.quay.pdp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.http.Pep;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The credential that the first start leaves in the data directory: the PEP's, with which
/// decisions can be asked for at once.
///
/// @param pep may use every face and name subjects
record FirstStart(Pep pep) {
    private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "first-start";

    static FirstStart of(Config config, SecureRandom random) {
        Path file = config.storage().directory().resolve("pep.json");
        Secret preset = config.presets().pepToken();
        try {
            if (preset != null) {
                return new FirstStart(pep(NAME, wellFormed(preset.value(), "PDP_PEP_TOKEN")));
            }
            if (Files.exists(file)) {
                JsonNode kept = JSON.readTree(Files.readString(file));
                return new FirstStart(
                        pep(
                                kept.path("name").asText(NAME),
                                wellFormed(kept.path("token").asText(""), file.toString())));
            }
            String token = ClientSecret.generate(random);
            write(file, JSON.createObjectNode().put("name", NAME).put("token", token));
            LOG.atInfo()
                    .addKeyValue("file", file)
                    .log("first start: the PEP's credential is in this file");
            return new FirstStart(pep(NAME, token));
        } catch (IOException e) {
            throw StartFailure.io("the PEP's credential " + file + ": " + e.getMessage());
        }
    }

    private static String wellFormed(String token, String where) {
        if (!ClientSecret.isWellFormed(token)) {
            throw StartFailure.io(
                    where + ": the token is not of the form that `pdp secret new` makes");
        }
        return token;
    }

    private static void write(Path file, ObjectNode content) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null && !Files.exists(parent)) {
            Files.createDirectories(
                    parent,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(
                file,
                content.toString().getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static Pep pep(String name, String token) {
        return new Pep(name, ClientSecret.sha256Hex(token), Set.of(Pep.Face.values()), true, false);
    }
}
