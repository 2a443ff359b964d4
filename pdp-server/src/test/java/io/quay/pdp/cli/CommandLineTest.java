package io.quay.pdp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

final class CommandLineTest {
    @TempDir private Path directory;

    private CommandRun onPolicies(Path policies, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(
                List.of(
                        "--policies",
                        policies.toString(),
                        "--schema",
                        PolicySets.SCHEMA.toString()));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private Path sound() {
        return PolicySets.copy("acme", directory);
    }

    private Path broken() throws IOException {
        Path policies = sound();
        Files.writeString(
                policies.resolve("access/broken.cedar"),
                "@id(\"a<b>&\\\"c\")\npermit (principal, action == Quay::Action::\"nothing\", resource);\n");
        Files.writeString(policies.resolve("accounts.yaml"), "service_accounts: [{nmae: x}]\n");
        return policies;
    }

    private static void assertErrors(CommandRun run) {
        assertThat(run.err().lines().filter(line -> !line.startsWith("see `")))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("error: "));
        assertThat(run.err()).doesNotContain("\tat ", "Exception");
    }

    @Test
    void configurationThatCannotBeRead_isInputOutput() {
        CommandRun run = CommandRun.of("serve", "--config", "/nonexistent/pdp.yaml");
        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).contains("/nonexistent/pdp.yaml").contains("cannot be read");
    }

    @ParameterizedTest(name = "pdp {0}")
    @ValueSource(
            strings = {
                "",
                "serve",
                "validate",
                "test",
                "schema",
                "secret",
                "secret new",
                "audit",
                "audit export",
                "audit verify",
                "audit checkpoint",
                "version"
            })
    void helpsWithAnExample(String command) {
        List<String> arguments = new ArrayList<>();
        if (!command.isEmpty()) {
            arguments.addAll(List.of(command.split(" ", -1)));
        }
        arguments.add("--help");
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Example: pdp " + command);
    }

    @ParameterizedTest(name = "pdp {0}")
    @ValueSource(
            strings = {
                "",
                "nothing",
                "validate --nothing",
                "validate extra",
                "validate --format yaml",
                "validate --policies",
                "test --format sarif",
                "test --unbound-ids maybe",
                "secret",
                "secret old",
                "audit",
                "audit export --nothing",
                "audit export --events --counted",
                "audit verify extra",
                "schema --chekc",
                "serve --port 5",
                "serve --listen nowhere",
                "version --nothing"
            })
    void refusesWhatItDoesNotKnow(String arguments) {
        CommandRun run =
                CommandRun.of(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertErrors(run);
    }

    @Test
    void serveExitsWithFiveWhenTheServerCannotStart() {
        CommandRun run = CommandRun.of("serve", "--data", directory.toString());
        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).isEqualTo("error: no server here\n");
    }

    @Test
    void validatesSoundPolicies() {
        CommandRun run = onPolicies(sound(), "validate");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("valid: 4 policies");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void reportsBrokenPoliciesWithTheirPlaces() throws IOException {
        CommandRun run = onPolicies(broken(), "validate");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .containsPattern("error: access/broken\\.cedar:[12]:[0-9]+: ")
                .containsPattern("error: accounts\\.yaml:1");
        assertErrors(run);
    }

    @Test
    void reportsBrokenPoliciesAsJson() throws IOException {
        assertThat(onPolicies(sound(), "validate", "--format", "json").json().toString())
                .isEqualTo("{\"valid\":true,\"problems\":[]}");
        CommandRun run = onPolicies(brokenBeside(), "validate", "--format", "json");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.json().path("valid").asBoolean(true)).isFalse();
        for (JsonNode problem : run.json().path("problems")) {
            assertThat(problem.properties())
                    .extracting(java.util.Map.Entry::getKey)
                    .containsExactly("rule", "file", "line", "column", "message", "hint");
        }
    }

    private Path brokenBeside() throws IOException {
        Path policies = directory.resolve("policies");
        Files.writeString(policies.resolve("access/broken.cedar"), "permit (principal");
        return policies;
    }

    @Test
    void reportsBrokenPoliciesAsSarif() throws IOException {
        CommandRun run = onPolicies(broken(), "validate", "--format", "sarif");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.json().path("version").asText()).isEqualTo("2.1.0");
        JsonNode results = run.json().at("/runs/0/results");
        assertThat(results).isNotEmpty();
        for (JsonNode result : results) {
            assertThat(result.path("ruleId").asText()).isNotEmpty();
            assertThat(result.at("/message/text").asText()).isNotEmpty();
            JsonNode place = result.at("/locations/0/physicalLocation");
            assertThat(place.at("/artifactLocation/uri").asText()).isNotEmpty();
            assertThat(place.at("/region/startLine").asInt()).isPositive();
        }
    }

    @Test
    void reportsBrokenPoliciesAsGithubsCommands() throws IOException {
        CommandRun run = onPolicies(broken(), "validate", "--format", "github");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out().lines())
                .isNotEmpty()
                .allMatch(line ->
                        line.matches(
                                "::error file=[^,:]+,line=[0-9]+,col=[0-9]+,title=[^,:]+::.+"));
    }

    private Path withTests(String decision) throws IOException {
        Path policies = sound();
        Files.createDirectories(policies.resolve("tests"));
        Files.writeString(
                policies.resolve("tests/acme.yaml"),
                """
                tests:
                  - name: terraform & <its> "rights"
                    principal: svc-terraform
                    cases:
                      - request: GET /api/v1/repository/acme/web
                        expect: %s
                """
                        .formatted(decision));
        return policies;
    }

    @Test
    void runsTheTestsOfPolicies() throws IOException {
        CommandRun run = onPolicies(withTests("allow"), "test");
        assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
        assertThat(run.out()).endsWith("1 cases, 0 failed\n");
    }

    @ParameterizedTest(name = "as {0}")
    @ValueSource(strings = {"text", "json", "junit", "github"})
    void exitsWithFourWhenATestFails(String format) throws Exception {
        CommandRun run = onPolicies(withTests("deny"), "test", "--format", format);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(4);
        switch (format) {
            case "text" -> assertThat(run.out()).startsWith("FAILED tests/acme.yaml:");
            case "json" -> {
                assertThat(run.json().path("failed").asInt()).isEqualTo(1);
                assertThat(run.json().at("/results/0/passed").asBoolean(true)).isFalse();
            }
            case "junit" -> {
                Element root =
                        DocumentBuilderFactory.newInstance()
                                .newDocumentBuilder()
                                .parse(new InputSource(new StringReader(run.out())))
                                .getDocumentElement();
                assertThat(root.getAttribute("failures")).isEqualTo("1");
                Element suite = (Element) root.getElementsByTagName("testsuite").item(0);
                assertThat(suite.getAttribute("name")).isEqualTo("terraform & <its> \"rights\"");
                assertThat(root.getElementsByTagName("failure").getLength()).isEqualTo(1);
            }
            default -> assertThat(run.out()).startsWith("::error file=tests/acme.yaml,line=");
        }
    }

    @Test
    void testExitsWithThreeForBrokenPolicies() throws IOException {
        CommandRun run = onPolicies(broken(), "test");
        assertThat(run.exitCode()).isEqualTo(3);
        assertErrors(run);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"validate", "test"})
    void refusesASchemaThatIsMissing(String command) {
        CommandRun run =
                CommandRun.of(
                        command,
                        "--policies",
                        sound().toString(),
                        "--schema",
                        directory.resolve("none").toString());
        assertThat(run.exitCode()).isEqualTo(3);
        assertErrors(run);
    }

    @Test
    void makesSecretsInOurForm() {
        CommandRun run = CommandRun.of("secret", "new");
        assertThat(run.exitCode()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        String secret = lines.getFirst().substring("secret  ".length());
        assertThat(ClientSecret.isWellFormed(secret)).isTrue();
        assertThat(lines.getLast()).isEqualTo("sha256  " + ClientSecret.sha256Hex(secret));
        assertThat(CommandRun.of("secret", "new").out()).isNotEqualTo(run.out());
    }

    @Test
    void saysThatTheSchemaIsStaleAndRegeneratesIt() throws IOException {
        Path schema = Files.createDirectory(directory.resolve("schema"));
        for (String name : List.of("management-api.json", "quay-head.txt", "quay.cedarschema")) {
            Files.copy(PolicySets.SCHEMA.resolve(name), schema.resolve(name));
        }
        assertThat(CommandRun.of("schema", "--check", "--schema", schema.toString()).exitCode())
                .isZero();
        String current = Files.readString(schema.resolve("quay.cedarschema"));
        Files.writeString(schema.resolve("quay.cedarschema"), current + "\n");
        CommandRun stale = CommandRun.of("schema", "--check", "--schema", schema.toString());
        assertThat(stale.exitCode()).isEqualTo(1);
        assertErrors(stale);
        assertThat(CommandRun.of("schema", "--schema", schema.toString()).exitCode()).isZero();
        assertThat(schema.resolve("quay.cedarschema")).hasContent(current);
        Files.writeString(schema.resolve("management-api.json"), "{");
        assertThat(CommandRun.of("schema", "--schema", schema.toString()).exitCode()).isEqualTo(3);
        Files.delete(schema.resolve("management-api.json"));
        CommandRun missing = CommandRun.of("schema", "--schema", schema.toString());
        assertThat(missing.exitCode()).isIn(3, 5);
        assertErrors(missing);
    }

    @Test
    void exportsEveryDecisionOldestFirst() throws IOException {
        Path home = Files.createDirectory(directory.resolve("home"));
        List<String> ids = new ArrayList<>();
        try (TestServer server = TestServer.start(home)) {
            for (String name : List.of("acme/web", "acme/secret")) {
                ids.add(
                        server.post(
                                        "/authorize",
                                        """
                                        {"request": {"method": "GET", "target": "/api/v1/repository/%s?includeTags=true"},
                                         "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
                                        """
                                                .formatted(name))
                                .context()
                                .path("id")
                                .asText());
            }
            CommandRun busy =
                    CommandRun.of("audit", "export", "--data", home.resolve("data").toString());
            assertThat(busy.exitCode()).isEqualTo(5);
            assertErrors(busy);
        }
        CommandRun run =
                CommandRun.of("audit", "export", "--data", home.resolve("data").toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        List<JsonNode> records = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            records.add(TestServer.JSON.readTree(line));
        }
        assertThat(records).extracting(record -> record.path("id").asText()).isEqualTo(ids);
        assertThat(records.getFirst().path("decision").asBoolean()).isTrue();
        assertThat(records.getLast().path("cause").asText()).isEqualTo("forbidden");
    }

    @Test
    void refusesToExportWhereThereIsNoLog() {
        CommandRun run = CommandRun.of("audit", "export", "--data", directory.toString());
        assertThat(run.exitCode()).isEqualTo(5);
        assertErrors(run);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void tellsItsVersions() {
        CommandRun run = CommandRun.of("version", "--schema", PolicySets.SCHEMA.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out().lines()).hasSize(4);
        assertThat(run.out()).doesNotContain("${", "null");
    }
}
