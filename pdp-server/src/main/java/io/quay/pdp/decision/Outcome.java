package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A decision with what it is about.
///
/// @param principal null when none was established
/// @param workload the workload behind the principal, for federated proofs
/// @param action null when the request maps to no operation
/// @param parameters by the operation's allow-list, for the record
/// @param questions those that were put to the engine, in order: the last is the one that settled
///   it
/// @param untold objects of which a policy that might have settled it reads what is not known
/// @param mutates whether the operation changes something, as the catalog says; also true where no
///   catalog says so, and false when the request maps to no operation
public record Outcome(
        Decision decision,
        @Nullable EntityRef principal,
        @Nullable EntityRef workload,
        @Nullable String action,
        @Nullable EntityRef resource,
        Map<String, Value> parameters,
        List<Question> questions,
        Set<EntityRef> untold,
        boolean mutates) {
    public Outcome {
        untold = Set.copyOf(untold);
        questions = List.copyOf(questions);
        parameters = Map.copyOf(parameters);
    }

    /// The same, decided otherwise.
    public Outcome with(Decision other) {
        return new Outcome(
                other,
                principal,
                workload,
                action,
                resource,
                parameters,
                questions,
                untold,
                mutates);
    }
}
