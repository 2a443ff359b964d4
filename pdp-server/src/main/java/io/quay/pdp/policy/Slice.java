package io.quay.pdp.policy;

import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The policies of a set whose scope matches a question. The others cannot hold and their
/// conditions are not looked at, so that the answer is that of these alone.
///
/// @param members with every forbid and permit that may hold
record Slice(List<CompiledSet.Member> members) {
    Slice {
        members = List.copyOf(members);
    }

    /// The answer, where the scopes alone give it.
    Optional<Evaluation> settled() {
        if (members.stream().anyMatch(member -> member.definition().conditional())) {
            return Optional.empty();
        }
        Set<String> forbids = ids(true);
        if (!forbids.isEmpty()) {
            return Optional.of(new Evaluation.Forbidden(forbids));
        }
        Set<String> permits = ids(false);
        return Optional.of(
                permits.isEmpty() ? new Evaluation.Unmatched() : new Evaluation.Permitted(permits));
    }

    private Set<String> ids(boolean forbid) {
        return members.stream()
                .map(CompiledSet.Member::candidate)
                .filter(candidate -> candidate.forbid() == forbid)
                .map(candidate -> candidate.id())
                .collect(Collectors.toSet());
    }

    /// The same question with no more of the context than the conditions read: without the time,
    /// unless one of them reads it.
    Question narrowed(Question question) {
        Set<String> reads = new HashSet<>();
        members.forEach(member -> reads.addAll(member.candidate().reads()));
        return new Question(
                question.principal(),
                question.action(),
                question.resource(),
                read("context", question.context(), reads),
                question.entities());
    }

    private static Map<String, Value> read(
            String path, Map<String, Value> fields, Set<String> reads) {
        if (reads.contains(path)) {
            return fields;
        }
        Map<String, Value> kept = new HashMap<>();
        fields.forEach((name, value) -> {
            String member = path + "." + name;
            if (reads.contains(member)) {
                kept.put(name, value);
            } else if (reads.stream().anyMatch(read -> read.startsWith(member + "."))) {
                kept.put(
                        name,
                        value instanceof Value.Fields(var inner)
                                ? new Value.Fields(read(member, inner, reads))
                                : value);
            }
        });
        return kept;
    }
}
