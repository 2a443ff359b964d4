package io.quay.pdp.cli;

import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.policy.Explanation;
import java.io.PrintWriter;

/// Explanations for people.
final class ExplanationText {
    private ExplanationText() {}

    static void print(Explanation explanation, PrintWriter out) {
        Outcome outcome = explanation.outcome();
        out.println(
                (outcome.decision().allowed()
                                ? "allow"
                                : "deny " + RecordedDecisions.causeOf(outcome.decision()))
                        + message(outcome.decision()));
        if (outcome.action() != null) {
            out.println(
                    "  " + outcome.principal() + " " + outcome.action() + " " + outcome.resource());
        }
        for (Explanation.Determining policy : explanation.determining()) {
            out.println(
                    "  by " + (policy.forbid() ? "forbid " : "permit ") + place(policy.reason()));
            policy.annotations().entrySet().stream()
                    .filter(annotation -> !annotation.getKey().equals("id"))
                    .sorted(java.util.Map.Entry.comparingByKey())
                    .forEach(annotation ->
                            out.println(
                                    "       @"
                                            + annotation.getKey()
                                            + ": "
                                            + annotation.getValue()));
        }
        for (Explanation.NearMiss near : explanation.nearest()) {
            out.println("  near: permit " + place(near.reason()));
            near.missing().forEach(missing -> out.println("       " + missing));
        }
        out.println("  policy version " + outcome.decision().version());
    }

    private static String place(Reason reason) {
        return reason.policy()
                + (reason.grant() == null ? "" : " (grant " + reason.grant() + ")")
                + " at "
                + reason.file()
                + ":"
                + reason.line();
    }

    private static String message(Decision decision) {
        return switch (decision) {
            case Decision.Allow _ -> "";
            case Decision.Deny deny -> ": " + deny.message();
            case Decision.Indeterminate indeterminate -> ": " + indeterminate.fault();
        };
    }
}
