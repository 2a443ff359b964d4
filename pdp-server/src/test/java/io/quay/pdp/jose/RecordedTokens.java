package io.quay.pdp.jose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Tokens and key documents that real servers made, from `test-fixtures/tokens`.
///
/// @param section what one server made
record RecordedTokens(JsonNode section) {
    static RecordedTokens of(String server) {
        Path file =
                Path.of(
                        System.getProperty("pdp.repository", ".."),
                        "test-fixtures/tokens/recorded-workload-tokens.json");
        try {
            return new RecordedTokens(new ObjectMapper().readTree(file.toFile()).get(server));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String token(String name) {
        return entry(name).get("token").asText();
    }

    JsonNode entry(String name) {
        for (JsonNode token : section.get("tokens")) {
            if (token.get("name").asText().equals(name)) {
                return token;
            }
        }
        throw new IllegalArgumentException(name);
    }
}
