package io.quay.pdp.gateway.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What was found so far. For one thread.
final class Findings {
    private final List<Finding> all = new ArrayList<>();

    void passed(Check check, String seen) {
        add(check, Finding.Outcome.PASSED, seen, "", List.of());
    }

    void failed(Check check, String seen, String remedy) {
        failed(check, seen, remedy, List.of());
    }

    void failed(Check check, String seen, String remedy, List<String> items) {
        add(check, Finding.Outcome.FAILED, seen, remedy, items);
    }

    /// @param byHand how to check it otherwise
    void unknown(Check check, String seen, String byHand) {
        add(check, Finding.Outcome.UNKNOWN, seen, byHand, List.of());
    }

    private void add(
            Check check, Finding.Outcome outcome, String seen, String remedy, List<String> items) {
        all.add(new Finding(check, outcome, seen, remedy, items));
    }

    /// The failed before the unknown, the gravest first.
    List<Finding> sorted() {
        return all.stream()
                .sorted(Comparator.comparing(Finding::outcome).thenComparing(Finding::check))
                .toList();
    }
}
