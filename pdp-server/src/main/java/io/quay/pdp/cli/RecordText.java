package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Records as lines of text and as JSON objects.
final class RecordText {
    private RecordText() {}

    static ObjectNode json(Event event) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", event.id())
                        .put("time", event.time().toString())
                        .put("kind", event.kind().code())
                        .put("actor", event.actor())
                        .put("credential", event.credential())
                        .put("account", event.account())
                        .put("target", event.target())
                        .put("cause", event.cause());
        put(node, "policies", event.policies());
        node.put("request_id", event.requestId()).put("source_ip", event.sourceIp());
        ObjectNode details = node.putObject("details");
        event.details().forEach(details::put);
        return node;
    }

    static String text(Event event) {
        return "%s  %-24s  %-18s  %-18s  %s"
                .formatted(
                        event.time(),
                        event.kind().code(),
                        orDash(event.actor()),
                        orDash(event.account()),
                        event.cause() == null ? "" : event.cause())
                .stripTrailing();
    }

    static ObjectNode json(DeniedGroup.Counted counted) {
        DeniedGroup group = counted.group();
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", group.id())
                        .put("window", group.window().toString())
                        .put("caller", group.caller());
        node.set("principal", entity(group.principal()));
        return node.put("action", group.action())
                .put("cause", group.cause())
                .put("count", counted.count());
    }

    static String text(DeniedGroup.Counted counted) {
        DeniedGroup group = counted.group();
        return "%s  %7d  %-18s  %-24s  %s"
                .formatted(
                        group.window(),
                        counted.count(),
                        name(group.principal()),
                        orDash(group.action()),
                        orDash(group.cause()));
    }

    private static String orDash(@Nullable String text) {
        return text == null ? "-" : text;
    }

    private static void put(ObjectNode node, String name, List<String> texts) {
        ArrayNode array = node.putArray(name);
        texts.forEach(array::add);
    }

    static String text(DecisionRecord decision) {
        return "%s  %-5s  %-18s  %-24s  %-44s  %s"
                .formatted(
                        decision.time(),
                        decision.allowed() ? "allow" : "deny",
                        name(decision.principal()),
                        decision.action() == null ? "-" : decision.action(),
                        decision.resource() == null ? "-" : decision.resource(),
                        decision.allowed()
                                ? String.join(", ", decision.policies())
                                : decision.cause())
                .stripTrailing();
    }

    private static String name(@Nullable EntityRef principal) {
        return principal == null ? "-" : principal.id();
    }

    /// @param end how the call ended that the gateway made of it; null when there is none on record
    static ObjectNode json(DecisionRecord decision, @Nullable CallRecord end) {
        ObjectNode node = json(decision);
        if (decision.allowed() && decision.caller().equals(CallRecord.GATEWAY)) {
            node.putObject("execution")
                    .put("state", (end == null ? CallRecord.State.UNKNOWN : end.state()).code())
                    .put("status", end == null ? null : end.status())
                    .put("millis", end == null ? null : end.millis());
        }
        return node;
    }

    static ObjectNode json(CallRecord call) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", call.id())
                .put("time", call.time().toString())
                .put("decision_id", call.decisionId())
                .put("state", call.state().code())
                .put("status", call.status())
                .put("millis", call.millis())
                .put("request_id", call.requestId())
                .put("credential", call.credential())
                .put("method", call.method())
                .put("action", call.action())
                .put("source_ip", call.sourceIp());
    }

    static String text(CallRecord call) {
        return "%s  %-10s  %4s  %-26s  %-24s  %s"
                .formatted(
                        call.time(),
                        call.state().code(),
                        call.status() == null ? "-" : call.status(),
                        orDash(call.decisionId()),
                        orDash(call.action()),
                        orDash(call.credential()));
    }

    static ObjectNode json(DecisionRecord decision) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", decision.id())
                        .put("time", decision.time().toString())
                        .put("caller", decision.caller())
                        .put("request_id", decision.requestId());
        node.set("principal", entity(decision.principal()));
        node.set("workload", entity(decision.workload()));
        node.put("token_id", decision.tokenId());
        node.put("action", decision.action());
        node.set("resource", entity(decision.resource()));
        node.put("mutates", decision.mutates())
                .put("decision", decision.allowed())
                .put("cause", decision.cause());
        put(node, "policies", decision.policies());
        node.put("policy_version", decision.policyVersion());
        ObjectNode parameters = node.putObject("parameters");
        decision.parameters().forEach((name, value) -> put(parameters, name, value));
        return node;
    }

    private static void put(ObjectNode node, String name, Value value) {
        switch (value) {
            case Value.Text(String text) -> node.put(name, text);
            case Value.Bool(boolean flag) -> node.put(name, flag);
            case Value.Whole(long number) -> node.put(name, number);
            case Value.Entity(EntityRef ref) -> node.set(name, entity(ref));
            case Value.Address(String address) -> node.put(name, address);
            case Value.Moment(var moment) -> node.put(name, moment.toString());
            case Value.Unfit _ -> throw new IllegalStateException("no value of Cedar's");
            case Value.Many(var values) -> node.put(name, values.toString());
            case Value.Fields(var fields) -> node.put(name, fields.toString());
        }
    }

    private static @Nullable ObjectNode entity(@Nullable EntityRef ref) {
        return ref == null
                ? null
                : JsonNodeFactory.instance.objectNode().put("type", ref.type()).put("id", ref.id());
    }
}
