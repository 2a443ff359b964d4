package io.quay.pdp.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A JSON file in the data directory that holds a credential: readable by its owner alone.
public final class CredentialFile {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private CredentialFile() {}

    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /// Closes the file to others when they could read it.
    ///
    /// @throws StartFailure when it is no JSON
    public static JsonNode read(Path file) throws IOException {
        JsonNode kept;
        try {
            kept = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException _) {
            // What the parser says quotes the file, and with it the secret.
            throw StartFailure.io(file + ": this is no JSON");
        }
        if (!Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(file, OWNER_ONLY);
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .log("others could read this credential: closed to them");
        }
        return kept;
    }

    /// In one step: a crash leaves the whole file or none.
    public static void write(Path file, ObjectNode content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.write(unfinished, content.toString().getBytes(StandardCharsets.UTF_8));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
