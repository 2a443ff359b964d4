package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Question;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.CatalogRequests;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.RequestMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is settled without the engine, narrowed or remembered is what the engine says of the whole
/// question.
class RememberedAnswersTest {
    private static final String SCHEMA =
            """
            entity Team in [Team];
            entity User in [Team] { level?: Long };
            entity Folder in [Folder];
            entity File in [Folder] { open: Bool };
            action "any";
            action "read", "write" in ["any"] appliesTo {
              principal: [User], resource: [File],
              context: { n: Long, flag?: Bool, who: { name: String, age?: Long }, tags: Set<String>, note?: String }
            };
            """;
    private static final List<String> PRINCIPALS =
            List.of(
                    "principal",
                    "principal == User::\"a\"",
                    "principal in Team::\"x\"",
                    "principal in Team::\"z\"",
                    "principal is User",
                    "principal is User in Team::\"y\"");
    private static final List<String> ACTIONS =
            List.of(
                    "action",
                    "action == Action::\"read\"",
                    "action in [Action::\"read\", Action::\"write\"]",
                    "action in Action::\"any\"");
    private static final List<String> RESOURCES =
            List.of(
                    "resource",
                    "resource == File::\"f\"",
                    "resource in Folder::\"g\"",
                    "resource in Folder::\"h\"",
                    "resource is File");
    private static final List<String> CONDITIONS =
            List.of(
                    "",
                    "",
                    "when { context.n > 2 }",
                    "when { context has flag }",
                    "unless { context has flag && context.flag }",
                    "when { context.who.name == \"p\" }",
                    "when { context.who has age }",
                    "when { context.who has age && context.who.age > 1 }",
                    "when { context.tags.contains(\"t\") }",
                    "when { [context.who].contains(context.who) && context.n > 1 }",
                    "when { (if context.n > 2 then context else context).who.name == \"p\" }",
                    "when { principal has level && principal.level > 1 }",
                    "when { resource.open } unless { context.n == 0 }",
                    "when { context.n * 4611686018427387904 > 1 }", // overflows from 2 on
                    "when { resource in Folder::\"h\" && context has note && context.note like \"a/*\" }");

    @TempDir private Path directory;

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static String policies(Random random) {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(8);
        for (int i = 0; i < count; i++) {
            text.append(
                    "@id(\"p%d\") @waive(\"unconstrained-permit: test; unreachable: test\") %s (%s, %s, %s) %s;%n"
                            .formatted(
                                    i,
                                    random.nextInt(4) == 0 ? "forbid" : "permit",
                                    any(random, PRINCIPALS),
                                    any(random, ACTIONS),
                                    any(random, RESOURCES),
                                    any(random, CONDITIONS)));
        }
        return text.toString();
    }

    private static EntityData entity(
            String type, String id, Map<String, Value> has, EntityRef... in) {
        return new EntityData(new EntityRef(type, id), has, Set.of(in), Map.of());
    }

    private static EntityRef ref(String type, String id) {
        return new EntityRef(type, id);
    }

    private static Question question(Random random) {
        String user = any(random, List.of("a", "b", "c"));
        String file = any(random, List.of("f", "o"));
        String action = any(random, List.of("read", "write"));
        Map<String, Value> who =
                new HashMap<>(Map.of("name", Value.of(any(random, List.of("p", "q")))));
        if (random.nextBoolean()) {
            who.put("age", Value.of(random.nextInt(3)));
        }
        Map<String, Value> context = new HashMap<>();
        context.put("n", Value.of(random.nextInt(5)));
        context.put("who", new Value.Fields(who));
        context.put("tags", new Value.Many(List.of(Value.of(any(random, List.of("t", "u"))))));
        if (random.nextBoolean()) {
            context.put("flag", Value.of(random.nextBoolean()));
        }
        if (random.nextBoolean()) {
            context.put("note", Value.of(any(random, List.of("a/b", "b"))));
        }
        Map<String, Value> level =
                random.nextBoolean() ? Map.of("level", Value.of(random.nextInt(4))) : Map.of();
        EntityRef[] teams =
                switch (user) {
                    case "a" -> new EntityRef[] {ref("Team", "x")};
                    case "b" -> new EntityRef[] {ref("Team", "y")};
                    default -> new EntityRef[0];
                };
        EntityRef[] folders =
                file.equals("f") ? new EntityRef[] {ref("Folder", "g")} : new EntityRef[0];
        return new Question(
                ref("User", user),
                ref("Action", action),
                ref("File", file),
                context,
                List.of(
                        entity("User", user, level, teams),
                        entity("Team", "x", Map.of(), ref("Team", "z")),
                        entity("Team", "y", Map.of()),
                        entity("Team", "z", Map.of()),
                        entity(
                                "File",
                                file,
                                Map.of("open", Value.of(random.nextBoolean())),
                                folders),
                        entity("Folder", "g", Map.of(), ref("Folder", "h")),
                        entity("Folder", "h", Map.of()),
                        entity("Action", action, Map.of(), ref("Action", "any")),
                        entity("Action", "any", Map.of())));
    }

    @RepeatedTest(12)
    void randomQuestionsToRandomPolicies_areAnsweredAsByTheWholeSet() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String policies = policies(random);
        CompiledSet set =
                TestRepository.other(directory, SCHEMA)
                        .with("access/a.cedar", policies)
                        .load()
                        .set(PolicyKind.ACCESS);
        Set<Class<?>> kinds = new HashSet<>();
        for (int i = 0; i < 400; i++) {
            Question question = question(random);
            Evaluation whole = set.evaluateAnew(question);
            kinds.add(whole.getClass());
            for (int time = 0; time < 2; time++) {
                assertThat(set.evaluate(question))
                        .as("seed %d, %s of%n%s", seed, question, policies)
                        .isEqualTo(whole);
            }
        }
        assertThat(kinds).isNotEmpty();
    }

    /// The policies that ship, every operation of the catalog, every account.
    @Test
    void everyOperationUnderThePoliciesThatShip_isAnsweredAsByTheWholeSet() {
        TestRepository files =
                new TestRepository(
                        PolicySets.REPOSITORY.resolve("policies"),
                        TestRepository.quay(directory).schema());
        Snapshot snapshot = files.load();
        CompiledSet set = snapshot.set(PolicyKind.ACCESS);
        DecisionPoint point =
                new DecisionPoint(
                        () -> snapshot,
                        new RequestMapper(files.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        Clock.systemUTC());
        int asked = 0;
        for (ServiceAccount account : snapshot.accounts().all()) {
            for (Operation operation : files.catalog().operations()) {
                for (Question question : questions(point, account, operation)) {
                    asked++;
                    assertThat(set.evaluate(question))
                            .as(question.toString())
                            .isEqualTo(set.evaluateAnew(question));
                }
            }
        }
        assertThat(asked).isGreaterThan(1_000);
    }

    private static List<Question> questions(
            DecisionPoint point, ServiceAccount account, Operation operation) {
        return point.decide(
                        new AccessRequest(
                                Subject.Named.of(account.entity()),
                                new AccessRequest.Asked.Call(CatalogRequests.full(operation)),
                                "10.0.0.1"))
                .questions();
    }

    /// The real language, counting what its engines are asked.
    private record Counting(AtomicInteger asked) implements PolicyLanguage {
        @Override
        public Parsed parse(String text, boolean template) {
            return TestRepository.LANGUAGE.parse(text, template);
        }

        @Override
        public List<Flaw> validate(
                JsonNode schema, Map<String, String> policies, Map<String, String> templates) {
            return TestRepository.LANGUAGE.validate(schema, policies, templates);
        }

        @Override
        public String print(JsonNode tree) {
            return TestRepository.LANGUAGE.print(tree);
        }

        @Override
        public SchemaText readSchema(String text) {
            return TestRepository.LANGUAGE.readSchema(text);
        }

        @Override
        public PolicyEngine compile(
                Map<String, String> policies, Map<String, String> templates, List<Link> links) {
            PolicyEngine engine = TestRepository.LANGUAGE.compile(policies, templates, links);
            return question -> {
                asked.incrementAndGet();
                return engine.evaluate(question);
            };
        }
    }

    private CompiledSet counted(AtomicInteger asked, String policies) {
        TestRepository files =
                TestRepository.other(directory, SCHEMA).with("access/a.cedar", policies);
        return switch (new PolicyRepository(files.schema(), new Counting(asked))
                .load(files.directory())) {
            case PolicyRepository.Result.Loaded(Snapshot snapshot) ->
                    snapshot.set(PolicyKind.ACCESS);
            case PolicyRepository.Result.Rejected(List<Problem> problems) ->
                    throw new AssertionError(problems.toString());
        };
    }

    private static Question with(Question question, String name, Value value) {
        Map<String, Value> context = new HashMap<>(question.context());
        context.put(name, value);
        return new Question(
                question.principal(),
                question.action(),
                question.resource(),
                context,
                new ArrayList<>(question.entities()));
    }

    @Test
    void theEngineIsAskedAgain_onlyWhenSomethingThatIsReadDiffers() {
        AtomicInteger asked = new AtomicInteger();
        CompiledSet set =
                counted(
                        asked,
                        "@id(\"p\") permit (principal is User, action, resource is File) when { context.n > 2 };");
        Question question = with(question(new Random(1)), "n", Value.of(3));
        set.evaluate(question);
        set.evaluate(question);
        set.evaluate(with(question, "note", Value.of("another")));
        assertThat(asked).hasValue(1);
        assertThat(set.evaluate(with(question, "n", Value.of(2))))
                .isEqualTo(new Evaluation.Unmatched());
        assertThat(asked).hasValue(2);
    }

    @Test
    void aFailure_isNotRemembered() {
        AtomicInteger asked = new AtomicInteger();
        CompiledSet set =
                counted(
                        asked,
                        "@id(\"p\") permit (principal is User, action, resource is File) when { context.n * 4611686018427387904 > 1 };");
        Question question = with(question(new Random(1)), "n", Value.of(4));
        for (int time = 1; time <= 2; time++) {
            assertThat(set.evaluate(question)).isInstanceOf(Evaluation.Failed.class);
            assertThat(asked).hasValue(time);
        }
    }

    @Test
    void whatScopesSettle_doesNotReachTheEngine() {
        AtomicInteger asked = new AtomicInteger();
        CompiledSet set =
                counted(
                        asked,
                        "@id(\"p\") permit (principal is User, action, resource is File); @id(\"f\") forbid (principal, action, resource in Folder::\"g\") when { context.n > 2 };");
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            Question question = question(random);
            if (question.resource().id().equals("o")) {
                assertThat(set.evaluate(question)).isEqualTo(new Evaluation.Permitted(Set.of("p")));
            }
        }
        assertThat(asked).hasValue(0);
    }
}
