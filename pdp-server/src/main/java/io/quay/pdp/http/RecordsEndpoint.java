package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Caller;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.Events;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.policy.JsonValues;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What was recorded: `/v1/decisions` and `/v1/events`, newest first, each record only for those
/// who may read the records of the account that it is about.
final class RecordsEndpoint {
    private static final String FROM = "Recorded at this moment or later";
    private static final String UNTIL = "Recorded before this moment";

    private final Administration administration;
    private final Supplier<LiveView> policies;
    private final Decisions decisions;
    private final Events events;

    /// @param policies tell which accounts there are
    RecordsEndpoint(
            Administration administration,
            Supplier<LiveView> policies,
            Decisions decisions,
            Events events) {
        this.administration = administration;
        this.policies = policies;
        this.decisions = decisions;
        this.events = events;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.GET,
                                "/v1/decisions",
                                "listDecisions",
                                "Lists recorded decisions, newest first",
                                "readDecisions",
                                this::decisions)
                        .query("principal", "EntityText", "A service account, or TYPE/ID")
                        .query("action", "OperationName", "An operation")
                        .query("resource", "EntityText", "TYPE/ID")
                        .query("decision", "DecisionWord", "`allow` or `deny`")
                        .query("cause", "Cause", "Why it was denied")
                        .query("from", "Moment", FROM)
                        .query("until", "Moment", UNTIL)
                        .answer("Decision")
                        .with(Trait.LIST, Trait.EXPORTS),
                Route.of(
                                Method.GET,
                                "/v1/decisions/{id}",
                                "getDecision",
                                "Reads a recorded decision",
                                "readDecisions",
                                this::decision)
                        .answer("Decision"),
                Route.of(
                                Method.GET,
                                "/v1/events",
                                "listEvents",
                                "Lists what happened to accounts, credentials, tokens and keys,"
                                        + " newest first",
                                "readEvents",
                                this::events)
                        .query("kind", "EventKind", "What happened")
                        .query("principal", "AccountName", "The account that did it")
                        .query("account", "AccountName", "The account that it happened to")
                        .query("from", "Moment", FROM)
                        .query("until", "Moment", UNTIL)
                        .answer("Event")
                        .with(Trait.LIST, Trait.EXPORTS));
    }

    private Reply decisions(ApiRequest request) {
        ApiQuery query = request.query();
        String principal = query.text("principal");
        String resource = query.text("resource");
        DecisionQuery filters =
                new DecisionQuery(
                        null,
                        principal == null ? null : EntityJson.parse("principal", principal),
                        query.text("action"),
                        resource == null ? null : EntityJson.parse("resource", resource),
                        allowed(query.text("decision")),
                        query.text("cause"),
                        query.time("from"),
                        query.time("until"),
                        null,
                        DecisionQuery.Order.NEWEST_FIRST,
                        1);
        Predicate<EntityRef> readable = readable(request.caller(), "readDecisions");
        return Pages.visible(
                request,
                new Pages.Source<>(
                        (after, limit) -> decisions.find(limited(filters, after, limit)),
                        DecisionRecord::id,
                        record -> readable.test(about(record)),
                        this::shown));
    }

    private static DecisionQuery limited(DecisionQuery query, @Nullable String after, int limit) {
        return new DecisionQuery(
                query.id(),
                query.principal(),
                query.action(),
                query.resource(),
                query.allowed(),
                query.cause(),
                query.from(),
                query.until(),
                after,
                query.order(),
                limit);
    }

    private static @Nullable Boolean allowed(@Nullable String word) {
        return switch (word) {
            case null -> null;
            case "allow" -> true;
            case "deny" -> false;
            default ->
                    throw ProblemException.badRequest(
                            "query parameter `decision` must be `allow` or `deny`");
        };
    }

    private Reply decision(ApiRequest request) {
        Predicate<EntityRef> readable = readable(request.caller(), "readDecisions");
        return decisions.find(DecisionQuery.byId(request.path("id"))).stream()
                .filter(record -> readable.test(about(record)))
                .findFirst()
                .map(record -> Reply.ok(shown(record)))
                .orElseThrow(() ->
                        new RefusedException(
                                RefusedException.Refusal.NOT_FOUND, "there is no such decision"));
    }

    private Reply events(ApiRequest request) {
        ApiQuery query = request.query();
        String kind = query.text("kind");
        if (kind != null
                && Arrays.stream(Event.Kind.values()).noneMatch(each -> each.code().equals(kind))) {
            throw ProblemException.badRequest("`kind` is not the kind of any event");
        }
        String actor = query.text("principal");
        String account = query.text("account");
        Instant from = query.time("from");
        Instant until = query.time("until");
        Predicate<EntityRef> readable = readable(request.caller(), "readEvents");
        return Pages.visible(
                request,
                new Pages.Source<>(
                        (after, limit) ->
                                events.find(
                                        new EventQuery(
                                                kind, actor, account, from, until, after, limit)),
                        Event::id,
                        event -> readable.test(about(event.account())),
                        RecordsEndpoint::write));
    }

    /// Whether the caller may read the records about an account or the Registry; asked once for
    /// each. Those of accounts that are gone are for those who may read all.
    private Predicate<EntityRef> readable(Caller caller, String action) {
        Map<EntityRef, Boolean> known = new HashMap<>();
        return about ->
                known.computeIfAbsent(
                        about,
                        entity ->
                                administration.allows(
                                        caller,
                                        action,
                                        present(entity) ? entity : EntityRef.registry()));
    }

    private boolean present(EntityRef entity) {
        return entity.type().equals(EntityTypes.SERVICE_ACCOUNT)
                && policies.get().accounts().find(entity.id()).isPresent();
    }

    /// What is about no account is about the Registry.
    private static EntityRef about(@Nullable String account) {
        return account == null ? EntityRef.registry() : EntityRef.serviceAccount(account);
    }

    private static EntityRef about(DecisionRecord record) {
        EntityRef principal = record.principal();
        return principal != null && principal.type().equals(EntityTypes.SERVICE_ACCOUNT)
                ? principal
                : EntityRef.registry();
    }

    /// With how the call ended, of an allowed call that the gateway took.
    private ObjectNode shown(DecisionRecord record) {
        ObjectNode json = write(record);
        if (!record.allowed() || !record.caller().equals(CallRecord.GATEWAY)) {
            return json;
        }
        CallRecord end = decisions.endsOf(List.of(record.id())).get(record.id());
        ObjectNode execution = json.putObject("execution");
        execution.put("state", (end == null ? CallRecord.State.UNKNOWN : end.state()).code());
        execution.put("status", end == null ? null : end.status());
        execution.put("millis", end == null ? null : end.millis());
        return json;
    }

    private static ObjectNode write(DecisionRecord record) {
        ObjectNode json = BodyFields.empty().put("id", record.id());
        json.set("time", Times.json(record.time()));
        json.put("caller", record.caller()).put("request_id", record.requestId());
        json.set("principal", EntityJson.write(record.principal()));
        json.set("workload", EntityJson.write(record.workload()));
        json.put("token_id", record.tokenId());
        json.put("action", record.action());
        json.set("resource", EntityJson.write(record.resource()));
        json.put("decision", record.allowed() ? "allow" : "deny").put("cause", record.cause());
        texts(json.putArray("policies"), record.policies());
        json.put("policy_version", record.policyVersion());
        json.set("parameters", JsonValues.write(record.parameters()));
        return json;
    }

    private static ObjectNode write(Event event) {
        ObjectNode json = BodyFields.empty().put("id", event.id());
        json.set("time", Times.json(event.time()));
        json.put("kind", event.kind().code())
                .put("principal", event.actor())
                .put("credential", event.credential())
                .put("account", event.account())
                .put("target", event.target())
                .put("cause", event.cause());
        texts(json.putArray("policies"), event.policies());
        json.put("request_id", event.requestId()).put("source_ip", event.sourceIp());
        ObjectNode details = json.putObject("details");
        new TreeMap<>(event.details()).forEach(details::put);
        return json;
    }

    private static void texts(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }
}
