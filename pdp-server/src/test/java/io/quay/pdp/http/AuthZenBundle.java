package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The bundles of `test-fixtures/authzen`: policies and schemas that are not Quay's, and what is
/// expected of them.
final class AuthZenBundle {
    private static final Path BUNDLES = PolicySets.REPOSITORY.resolve("test-fixtures/authzen");

    private AuthZenBundle() {}

    /// A server with a bundle as it lies there, asked by a caller of its own.
    ///
    /// @param rights of the caller, such as `may_search: true`
    /// @param sections further ones of `pdp.yaml`
    static TestServer start(Path directory, String bundle, String rights, String sections) {
        String token = ClientSecret.generate(new SecureRandom());
        try {
            Files.createSymbolicLink(
                    directory.resolve("policies"), BUNDLES.resolve(bundle).resolve("policies"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TestServer server =
                TestServer.start(
                        directory,
                        """
                        peps:
                          - {name: harness, token_sha256: %s, faces: [authzen], %s}
                        %s
                        """
                                .formatted(ClientSecret.sha256Hex(token), rights, sections),
                        Map.of("PDP_SCHEMA_DIRECTORY", BUNDLES.resolve(bundle) + "/schema"));
        return new TestServer(directory, server.server(), token, server.client());
    }

    /// The cases of a file such as `todo/todo-1.1.json`.
    static List<JsonNode> cases(String file) {
        try {
            List<JsonNode> cases = new ArrayList<>();
            TestServer.JSON.readTree(Files.readString(BUNDLES.resolve(file))).forEach(cases::add);
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
