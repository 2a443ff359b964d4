package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Shape;
import java.util.ArrayList;
import java.util.List;

/// AuthZEN's evaluation of one request (AuthZEN 1.0 §6) and of several (§7). Each is decided and
/// recorded by itself.
final class AuthZenEvaluations {
    private static final List<String> DEFAULTED =
            List.of("subject", "action", "resource", "context");

    /// When to stop (§7.1.2.1).
    private enum Semantic {
        EXECUTE_ALL,
        DENY_ON_FIRST_DENY,
        PERMIT_ON_FIRST_PERMIT;

        private boolean endsWith(boolean allowed) {
            return switch (this) {
                case EXECUTE_ALL -> false;
                case DENY_ON_FIRST_DENY -> !allowed;
                case PERMIT_ON_FIRST_PERMIT -> allowed;
            };
        }
    }

    private final Callers callers;
    private final RecordedDecisions decisions;
    private final AuthZenFace.Limits limits;

    AuthZenEvaluations(Callers callers, RecordedDecisions decisions, AuthZenFace.Limits limits) {
        this.callers = callers;
        this.decisions = decisions;
        this.limits = limits;
    }

    void one(Context context) {
        Pep pep = callers.authenticate(context, Pep.Face.AUTHZEN);
        DecisionJson.write(context, single(context, pep, body(context)));
    }

    /// Nothing is decided of a request that is malformed as a whole.
    void several(Context context) {
        Pep pep = callers.authenticate(context, Pep.Face.AUTHZEN);
        Members body = body(context);
        Semantic semantic = semantic(body);
        List<Members> items = items(body);
        if (items.isEmpty()) {
            DecisionJson.write(context, single(context, pep, body));
            return;
        }
        AuthorizeEndpoint.refuseNaming(pep);
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode results = answer.putArray("evaluations");
        for (Members item : items) {
            ObjectNode result = result(context, pep, item);
            results.add(result);
            if (semantic.endsWith(result.path("decision").asBoolean())) {
                break;
            }
        }
        DecisionJson.write(context, answer);
    }

    private Members body(Context context) {
        return new Members(JsonBody.read(context, limits.maxJsonDepth()), "");
    }

    private ObjectNode single(Context context, Pep pep, Members body) {
        AccessRequest request = AuthZenForm.evaluation(body);
        AuthorizeEndpoint.refuseNaming(pep);
        try {
            return decide(context, pep, request);
        } catch (Shape.MisfitException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /// One of several: what is wrong with it denies it and none of the others (§7.2.1).
    private ObjectNode result(Context context, Pep pep, Members item) {
        try {
            return decide(context, pep, AuthZenForm.evaluation(item));
        } catch (ProblemException e) {
            return failed(pep, e.status(), e.detail());
        } catch (Shape.MisfitException e) {
            return failed(pep, 400, String.valueOf(e.getMessage()));
        }
    }

    private ObjectNode decide(Context context, Pep pep, AccessRequest request) {
        return DecisionJson.node(
                decisions.decide(request, pep.name(), RequestIds.recorded(context)), pep.bare());
    }

    private static ObjectNode failed(Pep pep, int status, String message) {
        ObjectNode result = JsonNodeFactory.instance.objectNode().put("decision", false);
        if (!pep.bare()) {
            result.putObject("context")
                    .putObject("error")
                    .put("status", status)
                    .put("message", message);
        }
        return result;
    }

    /// The requests with what they leave out taken from the top, each member whole (§7.1.1). None
    /// when the request is a single one.
    private List<Members> items(Members body) {
        DEFAULTED.forEach(body::optionalObject);
        JsonNode given = body.node("evaluations");
        if (given == null) {
            return List.of();
        }
        if (!given.isArray()) {
            throw ProblemException.badRequest("`evaluations` must be an array");
        }
        if (given.size() > limits.maxEvaluations()) {
            throw ProblemException.badRequest(
                    "`evaluations` holds "
                            + given.size()
                            + " requests, and "
                            + limits.maxEvaluations()
                            + " are taken at once: send several batches");
        }
        List<Members> items = new ArrayList<>();
        for (JsonNode item : given) {
            String path = "evaluations[" + items.size() + "]";
            if (!(item instanceof ObjectNode own)) {
                throw ProblemException.badRequest("`" + path + "` must be an object");
            }
            items.add(new Members(withDefaults(own, body.object()), path));
        }
        return items;
    }

    private static ObjectNode withDefaults(ObjectNode own, ObjectNode top) {
        ObjectNode whole = JsonNodeFactory.instance.objectNode();
        for (String member : DEFAULTED) {
            JsonNode value = own.hasNonNull(member) ? own.get(member) : top.get(member);
            if (value != null) {
                whole.set(member, value);
            }
        }
        return whole;
    }

    private static Semantic semantic(Members body) {
        String name =
                body.optionalObject("options")
                        .flatMap(options -> options.optionalText("evaluations_semantic"))
                        .orElse("execute_all");
        return switch (name) {
            case "execute_all" -> Semantic.EXECUTE_ALL;
            case "deny_on_first_deny" -> Semantic.DENY_ON_FIRST_DENY;
            case "permit_on_first_permit" -> Semantic.PERMIT_ON_FIRST_PERMIT;
            default ->
                    throw ProblemException.badRequest(
                            "`options.evaluations_semantic` must be execute_all,"
                                    + " deny_on_first_deny or permit_on_first_permit");
        };
    }
}
