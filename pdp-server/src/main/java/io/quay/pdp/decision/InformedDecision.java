package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decides one request with what a source has to say: first without it, so that nothing is asked
/// that no policy in scope reads or that changes nothing, then with its facts. For one decision.
final class InformedDecision {
    private final DecisionPoint point;
    private final AttributeSource source;
    private final Map<EntityRef, Facts> facts = new HashMap<>();
    private final Set<EntityRef> asked = new HashSet<>();
    private final List<String> reasons = new ArrayList<>();

    InformedDecision(DecisionPoint point, AttributeSource source) {
        this.point = point;
        this.source = source;
    }

    /// Ends because each round asks about objects that no round before asked about.
    Outcome decide(AccessRequest request) {
        facts.putAll(request.facts());
        Outcome outcome = point.decide(request);
        while (learned(outcome)) {
            outcome = point.decide(request.with(facts));
        }
        return explained(outcome);
    }

    private boolean learned(Outcome outcome) {
        EntityRef principal = outcome.principal();
        if (principal == null || outcome.decision().allowed()) {
            return false;
        }
        boolean learned = false;
        for (EntityRef object : outcome.untold()) {
            if (asked.add(object)) {
                switch (source.ask(principal, object)) {
                    case AttributeSource.Answer.Told(Facts told) -> {
                        facts.put(object, told);
                        learned = true;
                    }
                    case AttributeSource.Answer.Untold(String why) -> reasons.add(why);
                }
            }
        }
        return learned;
    }

    /// A denial for want of an attribute says why it is wanting; so does a forbid that holds only
    /// because of that.
    private Outcome explained(Outcome outcome) {
        boolean wanting = !reasons.isEmpty() && !outcome.untold().isEmpty();
        return wanting
                        && outcome.decision()
                                instanceof
                                Decision.Deny(Cause cause, String message, var policies, String set)
                        && (cause == Cause.FORBIDDEN || cause == Cause.ATTRIBUTE_UNAVAILABLE)
                ? outcome.with(
                        new Decision.Deny(
                                Cause.ATTRIBUTE_UNAVAILABLE,
                                message + ": " + String.join("; ", reasons),
                                policies,
                                set))
                : outcome;
    }
}
