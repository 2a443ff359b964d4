package io.quay.pdp.ops;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;

/// What all checks said at one moment.
public record Health(List<Check> checks) {
    public Health {
        checks = List.copyOf(checks);
    }

    /// Asks every source, in order, under the name that it is known by. One that throws has failed:
    /// it does not hide the others, and what it threw is not shown.
    public static Health ask(SequencedMap<String, Supplier<Check>> sources) {
        List<Check> answers = new ArrayList<>();
        for (Map.Entry<String, Supplier<Check>> source : sources.entrySet()) {
            try {
                Check answer = source.getValue().get();
                answers.add(new Check(source.getKey(), answer.status(), answer.detail()));
            } catch (RuntimeException e) {
                answers.add(
                        Check.failed(
                                source.getKey(), "check ended in " + e.getClass().getSimpleName()));
            }
        }
        return new Health(answers);
    }

    /// The worst of the checks; failed when nothing was checked.
    public Check.Status status() {
        return checks.stream()
                .map(Check::status)
                .max(Comparator.naturalOrder())
                .orElse(Check.Status.FAILED);
    }

    /// Whether requests should be sent here: degraded still serves.
    public boolean ready() {
        return status() != Check.Status.FAILED;
    }
}
