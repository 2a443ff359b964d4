package io.quay.pdp.cedar;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.PolicyLanguage;
import java.util.List;
import java.util.Map;

/// Asks the engine, at start, three questions with known answers. An engine that answers one of
/// them otherwise must decide nothing.
public final class SelfTest {
    private static final EntityRef ACTION = new EntityRef("SelfTest::Action", "act");
    private static final EntityRef PRINCIPAL = new EntityRef("SelfTest::Principal", "someone");

    private static final String PERMIT =
            """
            permit (principal, action, resource) when { context.wanted == "allow" || context.wanted == "error" };
            """;
    private static final String FORBID =
            """
            forbid (principal, action, resource) when { context.wanted == "error" && resource.missing };
            """;

    private SelfTest() {}

    /// @throws IllegalStateException when the engine does not answer as it must
    public static void run(PolicyLanguage language) {
        PolicyEngine engine =
                language.compile(Map.of("permit", PERMIT, "forbid", FORBID), Map.of(), List.of());
        expect(engine, "allow", Evaluation.Permitted.class);
        expect(engine, "deny", Evaluation.Unmatched.class);
        expect(engine, "error", Evaluation.Failed.class);
    }

    private static void expect(
            PolicyEngine engine, String wanted, Class<? extends Evaluation> answer) {
        EntityRef resource = new EntityRef("SelfTest::Resource", "something");
        Evaluation evaluation =
                engine.evaluate(
                        new Question(
                                PRINCIPAL,
                                ACTION,
                                resource,
                                Map.of("wanted", Value.of(wanted)),
                                List.of(
                                        EntityData.bare(PRINCIPAL),
                                        EntityData.bare(ACTION),
                                        EntityData.bare(resource))));
        if (!answer.isInstance(evaluation)) {
            throw new IllegalStateException(
                    "the policy engine answers its self-test wrongly: expected "
                            + answer.getSimpleName()
                            + ", got "
                            + evaluation.getClass().getSimpleName());
        }
    }
}
