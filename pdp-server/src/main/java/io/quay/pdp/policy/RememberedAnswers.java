package io.quay.pdp.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.Value;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/// What the engine answered to questions before, for one compiled set and what is linked to it. An
/// answer is a function of the policies, which never change within a set, and of the question,
/// which is the key as a whole: so none is ever out of date, and all go with the set. Failures are
/// not remembered. Safe for use by any number of threads.
final class RememberedAnswers {
    /// Of all keys together, in bytes as they are estimated here.
    private static final long MAX_BYTES = 48L * 1024 * 1024;

    private static final int BYTES_OF_OBJECT = 64;

    /// @param linked the grants whose links were asked; empty for the set itself
    private record Asked(List<CompiledSet.Granted> linked, Question question) {}

    private final Cache<Asked, Evaluation> answers =
            Caffeine.newBuilder()
                    .maximumWeight(MAX_BYTES)
                    .weigher((Asked asked, Evaluation _) -> bytesOf(asked.question()))
                    .build();

    Evaluation get(
            List<CompiledSet.Granted> linked, Question question, Supplier<Evaluation> engine) {
        Asked asked = new Asked(linked, question);
        Evaluation known = answers.getIfPresent(asked);
        if (known != null) {
            return known;
        }
        Evaluation answer = engine.get();
        if (!(answer instanceof Evaluation.Failed)) {
            answers.put(asked, answer);
        }
        return answer;
    }

    private static int bytesOf(Question question) {
        long bytes = 10L * BYTES_OF_OBJECT + bytesOf(question.context().values());
        for (EntityData entity : question.entities()) {
            bytes += (4L + entity.parents().size()) * BYTES_OF_OBJECT;
            bytes += entity.ref().id().length();
            bytes += bytesOf(entity.attributes().values());
            bytes += bytesOf(entity.tags().values());
        }
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }

    private static long bytesOf(Collection<Value> values) {
        return values.stream().mapToLong(RememberedAnswers::bytesOf).sum();
    }

    /// With the name that it stands under.
    private static long bytesOf(Value value) {
        return BYTES_OF_OBJECT
                + switch (value) {
                    case Value.Text(String text) -> BYTES_OF_OBJECT + 2L * text.length();
                    case Value.Many(var inner) -> bytesOf(inner);
                    case Value.Fields(var inner) -> BYTES_OF_OBJECT + bytesOf(inner.values());
                    case Value.Entity(var ref) -> BYTES_OF_OBJECT + ref.id().length();
                    case Value.Bool _,
                            Value.Whole _,
                            Value.Address _,
                            Value.Moment _,
                            Value.Unfit _ ->
                            BYTES_OF_OBJECT;
                };
    }
}
