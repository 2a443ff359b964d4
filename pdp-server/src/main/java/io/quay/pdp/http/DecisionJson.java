package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.identity.EntityRef;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A decision on the wire: AuthZEN 1.0 §6.2 with our context. A denial is a 200 like a permission.
final class DecisionJson {
    private DecisionJson() {}

    /// @param bare whether only the members that AuthZEN requires are written
    static void write(Context context, RecordedDecisions.Answer answer, boolean bare) {
        write(context, node(answer, bare));
    }

    /// @param bare whether only the members that AuthZEN requires are there
    static ObjectNode node(RecordedDecisions.Answer answer, boolean bare) {
        Outcome outcome = answer.outcome();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("decision", outcome.decision().allowed());
        if (!bare) {
            body.set("context", contextOf(answer.id(), outcome));
        }
        return body;
    }

    /// An answer that nobody may keep: the next one may be another.
    static void write(Context context, ObjectNode body) {
        context.status(200)
                .contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode contextOf(String id, Outcome outcome) {
        Decision decision = outcome.decision();
        ObjectNode context = JsonNodeFactory.instance.objectNode();
        context.put("id", id);
        context.set("principal", entity(outcome.principal()));
        context.put("action", outcome.action());
        context.set("resource", entity(outcome.resource()));
        ArrayNode reasons = context.putArray("reasons");
        decision.reasons().forEach(reason -> reasons.add(reason(reason)));
        context.put("policy_version", decision.version());
        context.put("cause", RecordedDecisions.causeOf(decision));
        switch (decision) {
            case Decision.Allow _ -> {}
            case Decision.Deny deny -> context.put("message", deny.message());
            case Decision.Indeterminate indeterminate ->
                    context.put("message", indeterminate.fault());
        }
        return context;
    }

    private static @Nullable ObjectNode entity(@Nullable EntityRef ref) {
        return ref == null
                ? null
                : JsonNodeFactory.instance.objectNode().put("type", ref.type()).put("id", ref.id());
    }

    private static ObjectNode reason(Reason reason) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("policy", reason.policy());
        if (reason.grant() != null) {
            node.put("grant", reason.grant());
        }
        return node.put("file", reason.file()).put("line", reason.line());
    }
}
