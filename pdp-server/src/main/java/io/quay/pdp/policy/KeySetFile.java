package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether a file is a JWK set (RFC 7517 §5) or a SPIFFE bundle at all, so that a mistake is seen
/// when policies are loaded and not with the first token. Which of its keys can be used is seen
/// then: one that cannot is left out, and a set without any is an issuer that has withdrawn them.
final class KeySetFile {
    private static final int MAX_BYTES = 256 * 1024;
    private static final int MAX_KEYS = 100;

    private KeySetFile() {}

    /// What is wrong with a file that can be read; holds nothing of the file. Empty = nothing.
    static Optional<String> findFlaw(Path file, boolean bundle) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                return Optional.of("it is longer than 256 KiB");
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return flaw(YamlDocument.parse("keys.json", text).root(), bundle);
        } catch (CharacterCodingException _) {
            return Optional.of("it is not UTF-8");
        } catch (IOException _) {
            return Optional.of("it cannot be read");
        } catch (YamlDocument.ProblemException e) {
            return Optional.of("it is no JSON (line " + e.problem().line() + ")");
        }
    }

    private static Optional<String> flaw(JsonNode root, boolean bundle) {
        JsonNode keys = root.path("keys");
        if (!keys.isArray()) {
            return Optional.of("it has no array \"keys\"");
        }
        if (keys.size() > MAX_KEYS) {
            return Optional.of("it has more than 100 keys");
        }
        for (int i = 0; i < keys.size(); i++) {
            if (!keys.get(i).path("kty").isTextual()) {
                return Optional.of(
                        "number " + (i + 1) + " of \"keys\" is no JWK: it has no \"kty\"");
            }
        }
        JsonNode sequence = root.path("spiffe_sequence");
        boolean counted =
                sequence.isMissingNode()
                        || sequence.isNull()
                        || (sequence.canConvertToLong() && sequence.asLong() >= 0);
        return !bundle || (counted && !sequence.isFloatingPointNumber())
                ? Optional.empty()
                : Optional.of("its spiffe_sequence is no whole number");
    }
}
