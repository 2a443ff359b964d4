package io.quay.pdp.cedar;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.PolicySet;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.Value;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One policy set in Cedar's native cache. Whatever is not a clean answer is [Evaluation.Failed]: a
/// Failure of the binding (it answers one for a set that left its cache, and throws nothing), an
/// exception, or a single policy that erred. It logs what the engine itself does wrong; policies
/// that err are for whoever records the decision.
final class CedarEngine implements PolicyEngine {
    /// A native panic prints the whole request; deep nesting is what makes it panic.
    static final int MAX_VALUE_DEPTH = 32;

    private static final Logger LOG = LoggerFactory.getLogger(CedarEngine.class);

    private final CedarThreads threads;
    private final PolicySet policies;
    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();

    /// @param policies already cached
    CedarEngine(CedarThreads threads, PolicySet policies) {
        this.threads = threads;
        this.policies = policies;
    }

    @Override
    public Evaluation evaluate(Question question) {
        if (tooDeep(question)) {
            return new Evaluation.Failed(
                    "a value is nested deeper than " + MAX_VALUE_DEPTH + " levels", Set.of());
        }
        try {
            return threads.call(() -> evaluateHere(question));
        } catch (CedarException e) {
            LOG.atError().setCause(e).log("evaluation failed");
            return new Evaluation.Failed("the policy engine failed", Set.of());
        }
    }

    private Evaluation evaluateHere(Question question) throws AuthException {
        AuthorizationRequest request =
                new AuthorizationRequest(
                        CedarValues.uid(question.principal()),
                        CedarValues.uid(question.action()),
                        CedarValues.uid(question.resource()),
                        Optional.of(CedarValues.map(question.context())),
                        Optional.empty(),
                        false);
        Set<Entity> entities =
                question.entities().stream().map(CedarValues::entity).collect(Collectors.toSet());
        try {
            return read(engine.isAuthorized(request, policies, entities));
        } finally {
            // the native set goes when this object does, also in the middle of a call
            Reference.reachabilityFence(policies);
        }
    }

    private static Evaluation read(AuthorizationResponse response) {
        if (response.type != AuthorizationResponse.SuccessOrFailure.Success
                || response.success.isEmpty()) {
            LOG.atError()
                    .addKeyValue(
                            "errors",
                            response.errors
                                    .map(errors ->
                                            errors.stream().map(error -> error.message).toList())
                                    .orElse(List.of()))
                    .log("evaluation refused by the engine");
            return new Evaluation.Failed("the policy engine refused the request", Set.of());
        }
        AuthorizationSuccessResponse answer = response.success.get();
        if (!answer.getErrors().isEmpty()) {
            Set<String> erring =
                    answer.getErrors().stream()
                            .map(AuthorizationSuccessResponse.AuthorizationError::getPolicyId)
                            .collect(Collectors.toSet());
            return new Evaluation.Failed("evaluation of a policy erred", erring);
        }
        if (answer.isAllowed()) {
            return new Evaluation.Permitted(answer.getReason());
        }
        return answer.getReason().isEmpty()
                ? new Evaluation.Unmatched()
                : new Evaluation.Forbidden(answer.getReason());
    }

    private static boolean tooDeep(Question question) {
        return deeperThan(MAX_VALUE_DEPTH, question.context().values())
                || question.entities().stream()
                        .anyMatch(entity ->
                                deeperThan(MAX_VALUE_DEPTH, entity.attributes().values())
                                        || deeperThan(MAX_VALUE_DEPTH, entity.tags().values()));
    }

    private static boolean deeperThan(int levels, Collection<Value> values) {
        for (Value value : values) {
            boolean deeper =
                    levels == 0
                            || switch (value) {
                                case Value.Many(var inner) -> deeperThan(levels - 1, inner);
                                case Value.Fields(var inner) ->
                                        deeperThan(levels - 1, inner.values());
                                case Value.Text _,
                                        Value.Bool _,
                                        Value.Whole _,
                                        Value.Entity _,
                                        Value.Address _,
                                        Value.Moment _,
                                        Value.Unfit _ ->
                                        false;
                            };
            if (deeper) {
                return true;
            }
        }
        return false;
    }
}
