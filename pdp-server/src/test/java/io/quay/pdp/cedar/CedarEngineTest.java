package io.quay.pdp.cedar;

import static io.quay.pdp.cedar.Questions.PERMIT_ALL;
import static io.quay.pdp.cedar.Questions.RESOURCE;
import static io.quay.pdp.cedar.Questions.forbidWhen;
import static org.assertj.core.api.Assertions.assertThat;

import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.PolicyLanguage.Link;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever is not a clean answer of the engine decides nothing.
class CedarEngineTest {
    private static final CedarThreads THREADS = new CedarThreads(2);
    private static final CedarLanguage LANGUAGE = new CedarLanguage(THREADS);

    @AfterAll
    static void close() {
        THREADS.close();
    }

    private static PolicyEngine engine(Map<String, String> policies) {
        return LANGUAGE.compile(policies, Map.of(), List.of());
    }

    private static void assertFailed(Evaluation evaluation, String... policies) {
        assertThat(evaluation)
                .isInstanceOfSatisfying(
                        Evaluation.Failed.class,
                        failed ->
                                assertThat(failed.policies()).containsExactlyInAnyOrder(policies));
    }

    @Test
    void cleanAnswersNameTheirPolicies() {
        PolicyEngine engine =
                engine(Map.of("all", PERMIT_ALL, "not-x", forbidWhen("context has x")));
        assertThat(engine.evaluate(Questions.with(Map.of())))
                .isEqualTo(new Evaluation.Permitted(Set.of("all")));
        assertThat(engine.evaluate(Questions.with(Map.of("x", Value.of(1)))))
                .isEqualTo(new Evaluation.Forbidden(Set.of("not-x")));
        assertThat(engine(Map.of()).evaluate(Questions.with(Map.of())))
                .isEqualTo(new Evaluation.Unmatched());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resource.locked",
                "context.absent == 1",
                "context.big * 4 > 0",
                "context.text < 3",
                "ip(context.text).isLoopback()",
                "File::\"gone\".locked",
                "principal.getTag(\"team\") == \"x\""
            })
    void forbidThatErrs_isNotSkipped(String condition) {
        Map<String, Value> context =
                Map.of("big", Value.of(Long.MAX_VALUE), "text", Value.of("no address"));
        assertFailed(
                engine(Map.of("all", PERMIT_ALL, "guard", forbidWhen(condition)))
                        .evaluate(Questions.with(context)),
                "guard");
    }

    @Test
    void permitThatErrs_failsBesideASoundOne() {
        assertFailed(
                engine(
                                Map.of(
                                        "all",
                                        PERMIT_ALL,
                                        "broken",
                                        "permit (principal, action, resource) when { context.gone };"))
                        .evaluate(Questions.with(Map.of())),
                "broken");
    }

    @Test
    void forbidThatErrs_failsBesideOneThatHolds() {
        assertFailed(
                engine(Map.of("holds", forbidWhen("true"), "errs", forbidWhen("context.gone")))
                        .evaluate(Questions.with(Map.of())),
                "errs");
    }

    @Test
    void failureOfTheBinding_isFailed() {
        // an entity that stands twice with different attributes is a Failure, no exception
        EntityData one = EntityData.bare(RESOURCE);
        EntityData two = one.completedBy(Map.of("locked", Value.of(true)));
        assertFailed(
                engine(Map.of("all", PERMIT_ALL)).evaluate(Questions.with(Map.of(), one, two)));
    }

    @Test
    void entitiesInACircle_areFailed() {
        EntityRef folder = new EntityRef("Test::Folder", "f");
        EntityData file = EntityData.bare(RESOURCE).withParents(Set.of(folder));
        EntityData above = EntityData.bare(folder).withParents(Set.of(RESOURCE));
        assertFailed(
                engine(Map.of("all", PERMIT_ALL)).evaluate(Questions.with(Map.of(), file, above)));
    }

    @Test
    void setThatLeftTheNativeCache_isFailed() throws ReflectiveOperationException {
        PolicySet set = new PolicySet(Set.of(new Policy(PERMIT_ALL, "all")));
        THREADS.call(() -> {
            set.cache();
            return set;
        });
        PolicyEngine engine = new CedarEngine(THREADS, set);
        Question question = Questions.with(Map.of());
        assertThat(engine.evaluate(question)).isInstanceOf(Evaluation.Permitted.class);
        Method remove = PolicySet.class.getDeclaredMethod("removeCachedPolicySetJni", String.class);
        remove.setAccessible(true);
        remove.invoke(null, set.cacheKey().orElseThrow());
        assertFailed(engine.evaluate(question));
    }

    @Test
    void exceptionOfTheBinding_isFailed() {
        PolicyEngine engine = engine(Map.of("all", PERMIT_ALL));
        Question badType =
                new Question(
                        new EntityRef("not a type", "x"),
                        Questions.ACTION,
                        RESOURCE,
                        Map.of(),
                        List.of());
        assertFailed(engine.evaluate(badType));
        assertFailed(
                engine.evaluate(Questions.with(Map.of("ip", new Value.Address("10.0.0.1:80")))));
        assertFailed(
                engine.evaluate(
                        Questions.with(
                                Map.of("x", new Value.Fields(Map.of("__entity", Value.of("y")))))));
    }

    @Test
    void closedEngine_isFailed() {
        CedarThreads threads = new CedarThreads(1);
        PolicyEngine engine =
                new CedarLanguage(threads).compile(Map.of("all", PERMIT_ALL), Map.of(), List.of());
        threads.close();
        assertFailed(engine.evaluate(Questions.with(Map.of())));
    }

    @Test
    void interruptedCaller_isFailedAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        Evaluation evaluation = engineOnItsOwn().evaluate(Questions.with(Map.of()));
        assertThat(Thread.interrupted()).isTrue();
        assertFailed(evaluation);
    }

    private static PolicyEngine engineOnItsOwn() {
        Thread.interrupted();
        PolicyEngine engine = engine(Map.of("all", PERMIT_ALL));
        Thread.currentThread().interrupt();
        return engine;
    }

    @Test
    void valueDeeperThanTheCap_isFailedBeforeTheEngine() {
        PolicyEngine engine = engine(Map.of("all", PERMIT_ALL));
        Value atCap = nested(CedarEngine.MAX_VALUE_DEPTH);
        Value beyond = nested(CedarEngine.MAX_VALUE_DEPTH + 1);
        assertThat(engine.evaluate(Questions.with(Map.of("v", atCap))))
                .isInstanceOf(Evaluation.Permitted.class);
        assertFailed(engine.evaluate(Questions.with(Map.of("v", beyond))));
        assertFailed(
                engine.evaluate(
                        Questions.with(
                                Map.of(),
                                EntityData.bare(RESOURCE).completedBy(Map.of("v", beyond)))));
        assertFailed(
                engine.evaluate(
                        Questions.with(
                                Map.of(),
                                new EntityData(
                                        RESOURCE, Map.of(), Set.of(), Map.of("v", beyond)))));
        assertFailed(engine.evaluate(Questions.with(Map.of("v", nested(2_000)))));
    }

    private static Value nested(int depth) {
        Value value = Value.of(1);
        for (int i = 1; i < depth; i++) {
            value =
                    i % 2 == 0
                            ? new Value.Many(List.of(value))
                            : new Value.Fields(Map.of("v", value));
        }
        return value;
    }

    @Test
    void everyTypeOfValueArrivesAsWhatItIs() {
        String condition =
                """
                context.text == "a\\"b" && context.flag && context.number == -5
                && context.who == Test::User::"bob" && context.address.isInRange(ip("10.0.0.0/8"))
                && context.moment == datetime("2026-01-31T08:00:00.123Z")
                && context.many.containsAll([1, 2]) && context.fields.inner == "x"
                && resource.getTag("team") == "red"
                """;
        Map<String, Value> context =
                Map.of(
                        "text", Value.of("a\"b"),
                        "flag", Value.of(true),
                        "number", Value.of(-5),
                        "who", new Value.Entity(new EntityRef("Test::User", "bob")),
                        "address", new Value.Address("10.1.2.3"),
                        "moment", new Value.Moment(Instant.parse("2026-01-31T08:00:00.123Z")),
                        "many", new Value.Many(List.of(Value.of(1), Value.of(2), Value.of(2))),
                        "fields", new Value.Fields(Map.of("inner", Value.of("x"))));
        EntityData tagged =
                new EntityData(RESOURCE, Map.of(), Set.of(), Map.of("team", Value.of("red")));
        assertThat(
                        engine(Map.of("f", forbidWhen(condition)))
                                .evaluate(Questions.with(context, tagged)))
                .isEqualTo(new Evaluation.Forbidden(Set.of("f")));
    }

    @Test
    void linkedTemplateAnswersByTheLinksName() {
        PolicyEngine engine =
                LANGUAGE.compile(
                        Map.of(),
                        Map.of(
                                "role",
                                "permit (principal == ?principal, action, resource == ?resource);"),
                        List.of(new Link("role", "link", Questions.PRINCIPAL, RESOURCE)));
        assertThat(engine.evaluate(Questions.with(Map.of())))
                .isEqualTo(new Evaluation.Permitted(Set.of("link")));
    }
}
