package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.Explanation;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/// Explanations for people and as JSON.
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

    static ObjectNode json(Explanation explanation) {
        Outcome outcome = explanation.outcome();
        ObjectNode root =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("decision", outcome.decision().allowed())
                        .put("cause", RecordedDecisions.causeOf(outcome.decision()));
        root.set("principal", entity(outcome.principal()));
        root.put("action", outcome.action());
        root.set("resource", entity(outcome.resource()));
        String message = message(outcome.decision());
        root.put("message", message.isEmpty() ? null : message.substring(2));
        ArrayNode determining = root.putArray("determining");
        for (Explanation.Determining policy : explanation.determining()) {
            ObjectNode node =
                    place(determining.addObject(), policy.reason())
                            .put("effect", policy.forbid() ? "forbid" : "permit");
            ObjectNode annotations = node.putObject("annotations");
            policy.annotations().forEach(annotations::put);
        }
        ArrayNode nearest = root.putArray("nearest");
        for (Explanation.NearMiss near : explanation.nearest()) {
            ArrayNode missing = place(nearest.addObject(), near.reason()).putArray("missing");
            near.missing().forEach(missing::add);
        }
        return root.put("policy_version", outcome.decision().version());
    }

    private static ObjectNode place(ObjectNode node, Reason reason) {
        return node.put("policy", reason.policy())
                .put("grant", reason.grant())
                .put("file", reason.file())
                .put("line", reason.line());
    }

    private static @Nullable ObjectNode entity(@Nullable EntityRef ref) {
        return ref == null
                ? null
                : JsonNodeFactory.instance.objectNode().put("type", ref.type()).put("id", ref.id());
    }
}
