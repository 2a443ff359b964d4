package io.quay.pdp;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
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
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    /// @throws StartFailure when the credential cannot be had
    static FirstStart of(Config config, SecureRandom random) {
        Path file = config.storage().directory().resolve("pep.json");
        Secret preset = config.presets().pepToken();
        try {
            if (preset != null) {
                return new FirstStart(pep(NAME, wellFormed(preset.value(), "PDP_PEP_TOKEN")));
            }
            return new FirstStart(Files.exists(file) ? kept(file) : made(file, random));
        } catch (IOException e) {
            throw StartFailure.io(file + ": the PEP's credential: " + e.getClass().getSimpleName());
        }
    }

    private static Pep kept(Path file) throws IOException {
        JsonNode kept;
        try {
            kept = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException _) {
            // What the parser says quotes the file, and with it the token.
            throw StartFailure.io(file + ": this is no JSON");
        }
        if (!Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(file, OWNER_ONLY);
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .log("others could read the PEP's credential: closed to them");
        }
        return pep(
                kept.path("name").asText(NAME),
                wellFormed(kept.path("token").asText(""), file.toString()));
    }

    private static Pep made(Path file, SecureRandom random) throws IOException {
        String token = ClientSecret.generate(random);
        write(file, JSON.createObjectNode().put("name", NAME).put("token", token));
        LOG.atInfo()
                .addKeyValue("file", file)
                .log("first start: the PEP's credential is in this file");
        return pep(NAME, token);
    }

    private static String wellFormed(String token, String where) {
        if (!ClientSecret.isWellFormed(token)) {
            throw StartFailure.io(
                    where + ": the token is not of the form that `pdp secret new` makes");
        }
        return token;
    }

    /// In one step: a crash leaves the whole file or none.
    private static void write(Path file, ObjectNode content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.write(unfinished, content.toString().getBytes(StandardCharsets.UTF_8));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Pep pep(String name, String token) {
        return new Pep(name, ClientSecret.sha256Hex(token), Set.of(Pep.Face.values()), true, false);
    }
}
