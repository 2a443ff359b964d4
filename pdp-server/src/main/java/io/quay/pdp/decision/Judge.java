package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Decides one question against one policy set: the engine's answer, less what it cannot be trusted
/// with. For one decision.
final class Judge {
    private final Knowledge knowledge;
    private final PolicyKind kind;
    private final Instant now;
    private final Set<EntityRef> untold = new HashSet<>();

    Judge(Knowledge knowledge, PolicyKind kind, Instant now) {
        this.knowledge = knowledge;
        this.kind = kind;
        this.now = now;
    }

    /// Objects of which a policy that might have settled a question so far reads what is not known.
    Set<EntityRef> untold() {
        return untold;
    }

    /// Whether the question is permitted and not forbidden.
    Decision decide(Question question, Unknowns unknowns) {
        Evaluation evaluation = knowledge.evaluate(kind, question);
        List<Candidate> candidates = knowledge.candidates(kind, question);
        return objection(question, unknowns, evaluation, candidates)
                .orElseGet(() -> permission(question, unknowns, evaluation, candidates));
    }

    /// Why the question must be denied though no permit is needed: a forbid, one that might hold,
    /// or an evaluation that failed.
    Optional<Decision> findObjection(Question question, Unknowns unknowns) {
        return objection(
                question,
                unknowns,
                knowledge.evaluate(kind, question),
                knowledge.candidates(kind, question));
    }

    private Optional<Decision> objection(
            Question question,
            Unknowns unknowns,
            Evaluation evaluation,
            List<Candidate> candidates) {
        return switch (evaluation) {
            case Evaluation.Failed(String fault, Set<String> policies) ->
                    Optional.of(
                            missing(policies, candidates, unknowns)
                                    .orElseGet(() ->
                                            new Decision.Indeterminate(
                                                    fault,
                                                    reasons(policies),
                                                    knowledge.version())));
            case Evaluation.Forbidden(Set<String> forbids) -> {
                noteIfUncertain(forbids, candidates, unknowns);
                yield Optional.of(
                        deny(Cause.FORBIDDEN, sentence(question, "is forbidden"), forbids));
            }
            case Evaluation.Permitted _, Evaluation.Unmatched _ ->
                    unavailable(candidates.stream().filter(Candidate::forbid), unknowns);
        };
    }

    /// A forbid may hold for want of data alone: `unless { resource has visibility && … }`. One
    /// that reads only what is known settles it.
    private void noteIfUncertain(
            Set<String> forbids, List<Candidate> candidates, Unknowns unknowns) {
        List<Set<EntityRef>> unread =
                candidates.stream()
                        .filter(candidate -> forbids.contains(candidate.id()))
                        .map(unknowns::objectsReadBy)
                        .toList();
        if (unread.stream().noneMatch(Set::isEmpty)) {
            unread.forEach(untold::addAll);
        }
    }

    /// A permit counts when it is in force and rests only on what is known.
    private Decision permission(
            Question question,
            Unknowns unknowns,
            Evaluation evaluation,
            List<Candidate> candidates) {
        Set<String> permits =
                evaluation instanceof Evaluation.Permitted(var held) ? held : Set.of();
        List<String> sound =
                candidates.stream()
                        .filter(candidate -> permits.contains(candidate.id()))
                        .filter(candidate -> candidate.activeAt(now))
                        .filter(candidate -> unknowns.firstReadBy(candidate).isEmpty())
                        .map(Candidate::id)
                        .toList();
        if (!sound.isEmpty()) {
            return new Decision.Allow(reasons(sound), knowledge.version());
        }
        return unavailable(
                        candidates.stream().filter(candidate -> candidate.activeAt(now)), unknowns)
                .orElseGet(() ->
                        deny(
                                Cause.NO_PERMIT,
                                sentence(question, "is permitted by no policy"),
                                Set.of()));
    }

    /// The denial for want of data, when every policy that erred reads what is not known.
    private Optional<Decision> missing(
            Set<String> erring, List<Candidate> candidates, Unknowns unknowns) {
        List<Candidate> unread =
                candidates.stream()
                        .filter(candidate -> erring.contains(candidate.id()))
                        .filter(candidate -> unknowns.firstReadBy(candidate).isPresent())
                        .toList();
        return unread.size() == erring.size()
                ? unavailable(unread.stream(), unknowns)
                : Optional.empty();
    }

    private Optional<Decision> unavailable(Stream<Candidate> candidates, Unknowns unknowns) {
        List<Candidate> all = candidates.toList();
        all.forEach(candidate -> untold.addAll(unknowns.objectsReadBy(candidate)));
        return all.stream()
                .flatMap(candidate ->
                        unknowns
                                .firstReadBy(candidate)
                                .map(read -> unavailable(candidate, read))
                                .stream())
                .findFirst();
    }

    private Decision unavailable(Candidate candidate, Map.Entry<String, Cause> unread) {
        return deny(
                unread.getValue(),
                "policy `"
                        + candidate.id()
                        + "` reads `"
                        + unread.getKey()
                        + "`, which is not known of this request",
                Set.of(candidate.id()));
    }

    private static String sentence(Question question, String ending) {
        return "`"
                + question.action().id()
                + "` on `"
                + question.resource()
                + "` by `"
                + question.principal().id()
                + "` "
                + ending;
    }

    private Decision.Deny deny(Cause cause, String message, Collection<String> policies) {
        return new Decision.Deny(cause, message, reasons(policies), knowledge.version());
    }

    private List<Reason> reasons(Collection<String> policies) {
        return policies.stream().sorted().map(id -> knowledge.reason(kind, id)).toList();
    }
}
