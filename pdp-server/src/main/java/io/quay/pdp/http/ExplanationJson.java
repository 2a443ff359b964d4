package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.policy.Explanation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Explanations as JSON, the same from the command line and from the API.
public final class ExplanationJson {
    private ExplanationJson() {}

    public static ObjectNode write(Explanation explanation) {
        Outcome outcome = explanation.outcome();
        ObjectNode root =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("decision", outcome.decision().allowed())
                        .put("cause", RecordedDecisions.causeOf(outcome.decision()));
        root.set("principal", EntityJson.write(outcome.principal()));
        root.put("action", outcome.action());
        root.set("resource", EntityJson.write(outcome.resource()));
        root.put("message", message(outcome.decision()));
        determining(root, explanation.determining());
        nearest(root, explanation.nearest());
        return root.put("policy_version", outcome.decision().version());
    }

    static void determining(ObjectNode root, List<Explanation.Determining> policies) {
        ArrayNode determining = root.putArray("determining");
        for (Explanation.Determining policy : policies) {
            ObjectNode node =
                    place(determining.addObject(), policy.reason())
                            .put("effect", policy.forbid() ? "forbid" : "permit");
            ObjectNode annotations = node.putObject("annotations");
            policy.annotations().forEach(annotations::put);
        }
    }

    static void nearest(ObjectNode root, List<Explanation.NearMiss> permits) {
        ArrayNode nearest = root.putArray("nearest");
        for (Explanation.NearMiss near : permits) {
            ArrayNode missing = place(nearest.addObject(), near.reason()).putArray("missing");
            near.missing().forEach(missing::add);
        }
    }

    private static @Nullable String message(Decision decision) {
        return switch (decision) {
            case Decision.Allow _ -> null;
            case Decision.Deny deny -> deny.message();
            case Decision.Indeterminate indeterminate -> indeterminate.fault();
        };
    }

    private static ObjectNode place(ObjectNode node, Reason reason) {
        return node.put("policy", reason.policy())
                .put("grant", reason.grant())
                .put("file", reason.file())
                .put("line", reason.line());
    }
}
