package io.quay.pdp.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one case of a policy test expects and what came. Immutable.
///
/// @param test the name of the test it belongs to
/// @param name what is asked, in words
/// @param failure what is not as expected; null when the case passed
public record PolicyTest(
        String file, int line, String test, String name, @Nullable String failure) {
    public boolean passed() {
        return failure == null;
    }

    /// All cases of a directory, or why they could not be run.
    public record Report(List<PolicyTest> cases, List<Problem> problems) {
        public Report {
            cases = List.copyOf(cases);
            problems = List.copyOf(problems);
        }

        public long failed() {
            return cases.stream().filter(test -> !test.passed()).count();
        }
    }
}
