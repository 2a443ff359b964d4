package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.store.StoredDecisions;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Every file in `test-fixtures/authorize`: a request, its answer and its record, exactly.
///
/// `-Dgolden.update=true` writes what came out into the files, to be reviewed as a diff.
final class AuthorizeGoldenTest {
    private static final Path CASES = PolicySets.REPOSITORY.resolve("test-fixtures/authorize");
    private static final boolean UPDATE = Boolean.getBoolean("golden.update");

    @TempDir private Path directory;

    private record Case(Path file, ObjectNode content) {
        String given() {
            return content.path("given").asText();
        }
    }

    private record Result(Case asked, Answer answer, @Nullable DecisionRecord kept) {}

    @TestFactory
    Stream<DynamicTest> answersAndRecordsExactly() throws IOException {
        Map<String, List<Case>> byPolicies =
                cases().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Case::given, TreeMap::new, Collectors.toList()));
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, List<Case>> set : byPolicies.entrySet()) {
            Path home = Files.createDirectory(directory.resolve(set.getKey()));
            PolicySets.copy(set.getKey(), home);
            for (Result result : ask(home, set.getValue())) {
                tests.add(
                        DynamicTest.dynamicTest(
                                result.asked().file().getFileName().toString(),
                                () -> check(result)));
            }
        }
        return tests.stream();
    }

    /// The log can be read when its server has ended.
    private static List<Result> ask(Path home, List<Case> cases) {
        Map<Case, Answer> answers = new java.util.LinkedHashMap<>();
        try (TestServer server = TestServer.start(home)) {
            cases.forEach(asked -> answers.put(asked, send(server, asked.content())));
        }
        Map<String, DecisionRecord> records =
                StoredDecisions.read(home.resolve("data/pdp.db")).stream()
                        .collect(Collectors.toMap(DecisionRecord::id, kept -> kept));
        List<Result> results = new ArrayList<>();
        answers.forEach((asked, answer) ->
                results.add(
                        new Result(
                                asked,
                                answer,
                                records.remove(answer.context().path("id").asText()))));
        assertThat(records).as("recorded and not answered").isEmpty();
        return results;
    }

    private static Answer send(TestServer server, ObjectNode asked) {
        JsonNode request = asked.path("request");
        HttpRequest.Builder builder =
                server.request(request.path("path").asText())
                        .POST(HttpRequest.BodyPublishers.ofString(request.path("body").toString()));
        return server.send(builder.header("X-Request-ID", "golden"));
    }

    private static void check(Result result) throws IOException {
        ObjectNode wanted = result.asked().content();
        ObjectNode actual = wanted.deepCopy();
        actual.put("wantStatus", result.answer().status());
        actual.set("wantResponse", withPlaceholders(result.answer().json()));
        actual.set("wantRecord", result.kept() == null ? null : recordOf(result.kept()));
        if (UPDATE) {
            Files.writeString(
                    result.asked().file(),
                    TestServer.JSON
                                    .writer()
                                    .with(SerializationFeature.INDENT_OUTPUT)
                                    .writeValueAsString(actual)
                            + "\n");
            return;
        }
        assertThat(actual.toPrettyString()).isEqualTo(wanted.toPrettyString());
    }

    private static JsonNode withPlaceholders(JsonNode response) {
        if (response.path("context") instanceof ObjectNode context) {
            assertThat(context.path("id").asText()).matches("[0-9A-Z]{26}");
            assertThat(context.path("policy_version").asText()).matches("[0-9a-f]{16}");
            context.put("id", "<id>").put("policy_version", "<version>");
        }
        return response;
    }

    private static ObjectNode recordOf(DecisionRecord kept) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("caller", kept.caller()).put("request_id", kept.requestId());
        node.set("principal", entity(kept.principal()));
        node.set("workload", entity(kept.workload()));
        node.put("action", kept.action());
        node.set("resource", entity(kept.resource()));
        node.put("decision", kept.allowed()).put("cause", kept.cause());
        ArrayNode policies = node.putArray("policies");
        kept.policies().forEach(policies::add);
        ObjectNode parameters = node.putObject("parameters");
        new TreeMap<>(kept.parameters())
                .forEach((name, value) -> parameters.put(name, text(value)));
        return node;
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Bool(boolean flag) -> Boolean.toString(flag);
            case Value.Whole(long number) -> Long.toString(number);
            case Value.Entity _,
                    Value.Address _,
                    Value.Moment _,
                    Value.Many _,
                    Value.Fields _,
                    Value.Unfit _ ->
                    value.toString();
        };
    }

    private static @Nullable ObjectNode entity(@Nullable EntityRef ref) {
        return ref == null
                ? null
                : JsonNodeFactory.instance.objectNode().put("type", ref.type()).put("id", ref.id());
    }

    private static List<Case> cases() throws IOException {
        JsonNode members =
                TestServer.JSON
                        .readTree(Files.readString(CASES.resolve("schema/case.schema.json")))
                        .path("properties");
        List<Case> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(CASES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".json")).sorted().toList()) {
                ObjectNode content = Json.parse(Files.readString(file));
                assertThat(members.properties())
                        .as("members of " + file.getFileName())
                        .extracting(Map.Entry::getKey)
                        .containsAll(content.properties().stream().map(Map.Entry::getKey).toList());
                cases.add(new Case(file, content));
            }
        }
        assertThat(cases).isNotEmpty();
        return cases;
    }
}
