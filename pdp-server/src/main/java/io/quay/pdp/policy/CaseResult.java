package io.quay.pdp.policy;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What came of a case of a policy test.
///
/// @param cause null when it was allowed
/// @param by the determining policies
/// @param words the same for people
record CaseResult(boolean allowed, @Nullable String cause, Set<String> by, String words) {
    CaseResult {
        by = Set.copyOf(by);
    }

    static CaseResult refused(@Nullable String cause, String words) {
        return new CaseResult(false, cause, Set.of(), words);
    }

    static CaseResult of(Decision decision) {
        Set<String> by = new TreeSet<>();
        List<String> places = new ArrayList<>();
        for (Reason reason : decision.reasons()) {
            by.add(reason.policy());
            places.add(reason.policy() + " (" + reason.file() + ":" + reason.line() + ")");
        }
        String policies = places.isEmpty() ? "" : " by " + String.join(", ", places);
        return switch (decision) {
            case Decision.Allow _ -> new CaseResult(true, null, by, "allow" + policies);
            case Decision.Deny(Cause cause, String message, var _, var _) ->
                    new CaseResult(
                            false,
                            cause.code(),
                            by,
                            "deny " + cause.code() + policies + ": " + message);
            case Decision.Indeterminate(String fault, var _, var _) ->
                    new CaseResult(
                            false,
                            Cause.EVALUATION_ERROR.code(),
                            by,
                            "deny evaluation_error" + policies + ": " + fault);
        };
    }
}
