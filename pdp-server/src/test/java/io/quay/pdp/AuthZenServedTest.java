package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.cli.RunningServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The bundles of AuthZEN's scenarios as the documentation says to run them: `pdp serve` with two
/// directories and nothing else, asked with the credential that the first start leaves. It answers
/// in full, so that reasons and causes stand beside what the scenarios expect.
@Timeout(180)
final class AuthZenServedTest {
    private static final Path BUNDLES = PolicySets.REPOSITORY.resolve("test-fixtures/authzen");

    @TempDir private Path directory;

    private record Port(int port) implements RunningServer {
        @Override
        public void close() {}
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"todo, 83", "gateway, 25", "search, 198", "certification, 69"})
    void servesABundleWithFlagsAlone(String bundle, int cases) throws IOException {
        Path home = BUNDLES.resolve(bundle);
        try (ServeProcess serve = ServeProcess.start(directory, arguments(home))) {
            int port = serve.port();
            JsonNode pep =
                    TestServer.JSON.readTree(Files.readString(directory.resolve("data/pep.json")));
            int asked = 0;
            try (TestServer client =
                    new TestServer(directory, new Port(port), pep.path("token").asText())) {
                for (Path file : caseFiles(home)) {
                    for (JsonNode one : TestServer.JSON.readTree(Files.readString(file))) {
                        check(client, one);
                        asked++;
                    }
                }
            }
            assertThat(asked).isEqualTo(cases);
        }
    }

    private List<String> arguments(Path home) {
        return List.of(
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--data",
                directory.resolve("data").toString(),
                "--policies",
                home.resolve("policies").toString(),
                "--schema",
                home.resolve("schema").toString());
    }

    private static List<Path> caseFiles(Path home) throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
    }

    private static void check(TestServer client, JsonNode one) {
        String name = one.path("name").asText();
        Answer answer = client.post(one.path("path").asText(), one.path("request").toString());
        if (one.has("want")) {
            assertThat(answer.status()).as(name).isEqualTo(200);
            assertThat(bare(answer.json())).as(name).isEqualTo(one.path("want"));
        } else {
            assertThat(answer.status()).as(name).isEqualTo(one.path("status").asInt());
        }
    }

    /// Without the contexts, of which each decision and each search has one.
    private static ObjectNode bare(JsonNode answer) {
        assertThat(answer.has("context")).isEqualTo(!answer.has("evaluations"));
        ObjectNode bare = answer.deepCopy();
        bare.remove("context");
        if (bare.has("evaluations")) {
            var items = JsonNodeFactory.instance.arrayNode();
            answer.path("evaluations").forEach(item -> items.add(bare(item)));
            bare.set("evaluations", items);
        }
        return bare;
    }
}
