package io.quay.pdp.cli;

import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.policy.Explanation;
import java.io.PrintWriter;
import java.util.List;

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
        printDetermining(explanation.determining(), out);
        printNearest(explanation.nearest(), out);
        out.println("  policy version " + outcome.decision().version());
    }

    static void printDetermining(List<Explanation.Determining> policies, PrintWriter out) {
        for (Explanation.Determining policy : policies) {
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
    }

    static void printNearest(List<Explanation.NearMiss> permits, PrintWriter out) {
        for (Explanation.NearMiss near : permits) {
            out.println("  near: permit " + place(near.reason()));
            near.missing().forEach(missing -> out.println("       " + missing));
        }
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
