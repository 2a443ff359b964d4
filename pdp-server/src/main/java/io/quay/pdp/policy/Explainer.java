package io.quay.pdp.policy;

import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Explains decisions: which policies made them, and for a denial which permits came nearest and
/// what they lacked.
public final class Explainer {
    private final LiveView view;
    private final PolicyLanguage language;

    public Explainer(LiveView view, PolicyLanguage language) {
        this.view = view;
        this.language = language;
    }

    /// @param outcome decided by the same view
    public Explanation explain(Outcome outcome) {
        List<CompiledSet.Member> members = view.membersFor(outcome.principal());
        Set<Reason> reasons = new HashSet<>(outcome.decision().reasons());
        List<Explanation.Determining> determining =
                members.stream()
                        .filter(member -> reasons.contains(member.reason()))
                        .map(member ->
                                new Explanation.Determining(
                                        member.reason(),
                                        member.candidate().forbid(),
                                        member.definition().annotations()))
                        .sorted(Comparator.comparing(found -> found.reason().policy()))
                        .toList();
        boolean unpermitted = outcome.decision() instanceof Decision.Deny && determining.isEmpty();
        List<Explanation.NearMiss> nearest =
                unpermitted && !outcome.questions().isEmpty()
                        ? new NearMisses(language).of(members, outcome.questions().getLast())
                        : List.of();
        return new Explanation(outcome, determining, nearest);
    }
}
