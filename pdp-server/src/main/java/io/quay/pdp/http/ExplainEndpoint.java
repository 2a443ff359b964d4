package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Caller;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.IpAddress;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.JsonValues;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `POST /v1/explain`: as `pdp explain`, for the principals that the caller may read.
final class ExplainEndpoint {
    private final Administration administration;
    private final Supplier<LiveView> policies;
    private final Function<AccessRequest, Explanation> explainer;
    private final AdministrationFace.Inspector inspector;

    ExplainEndpoint(
            Administration administration,
            Supplier<LiveView> policies,
            Function<AccessRequest, Explanation> explainer,
            AdministrationFace.Inspector inspector) {
        this.administration = administration;
        this.policies = policies;
        this.explainer = explainer;
        this.inspector = inspector;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                "/v1/explain",
                                "explain",
                                "Decides one request, for nobody, and says why; or says what a workload token is worth",
                                "explain",
                                this::explain)
                        .body("ExplainRequest")
                        .answer("ExplainAnswer"));
    }

    private Reply explain(ApiRequest request) {
        BodyFields fields = new BodyFields(request.body());
        if (fields.has("token")) {
            return inspect(request, fields);
        }
        EntityRef principal = principal(fields);
        BodyFields call = fields.object("request");
        AccessRequest.Asked asked = call == null ? triple(fields) : call(call);
        String sourceIp = sourceIp(fields);
        if (call != null && (fields.has("action") || fields.has("resource"))) {
            fields.wrong("request", "excludes `action` and `resource`");
        }
        fields.end();
        if (principal == null || asked == null) {
            throw new IllegalStateException("what is missing was refused");
        }
        requireReadable(request.caller(), principal);
        try {
            Explanation explanation =
                    explainer.apply(
                            new AccessRequest(Subject.Named.of(principal), asked, sourceIp));
            return Reply.ok(ExplanationJson.write(shown(request.caller(), explanation)));
        } catch (Shape.MisfitException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /// Which workload a token is, and which of the accounts that the caller may see it may assume.
    /// Who shows the token has it; what it is worth is for those who may explain everything.
    private Reply inspect(ApiRequest request, BodyFields fields) {
        String token = fields.required("token");
        String name = fields.text("account");
        fields.end();
        Caller caller = request.caller();
        administration.require(caller, "explain", EntityRef.registry());
        LiveView view = policies.get();
        List<ServiceAccount> accounts =
                name == null
                        ? view.accounts().all().stream()
                                .filter(account ->
                                        administration.allows(
                                                caller, "readServiceAccount", account.entity()))
                                .toList()
                        : List.of(administration.get(caller, name).account());
        return Reply.ok(InspectionJson.write(inspector.inspect(view, token, accounts)));
    }

    /// A principal that the caller may not see does not exist for it.
    private void requireReadable(Caller caller, EntityRef principal) {
        if (principal.type().equals(EntityTypes.SERVICE_ACCOUNT)) {
            administration.get(caller, principal.id());
            administration.require(caller, "explain", principal);
        } else {
            administration.require(caller, "explain", EntityRef.registry());
        }
    }

    /// The permits that came near are about others: only who may read all policies sees them.
    private Explanation shown(Caller caller, Explanation explanation) {
        if (administration.allows(caller, "readPolicies", EntityRef.registry())) {
            return explanation;
        }
        List<Explanation.Determining> bare =
                explanation.determining().stream()
                        .map(policy ->
                                new Explanation.Determining(
                                        policy.reason(), policy.forbid(), Map.of()))
                        .toList();
        return new Explanation(explanation.outcome(), bare, List.of());
    }

    private static @Nullable EntityRef principal(BodyFields fields) {
        JsonNode given = fields.any("principal");
        if (given == null) {
            fields.wrong("principal", "is missing");
            return null;
        }
        if (given.isTextual()) {
            return EntityRef.serviceAccount(given.textValue());
        }
        return fields.entity("principal");
    }

    private static AccessRequest.@Nullable Asked triple(BodyFields fields) {
        String action = fields.required("action");
        EntityRef resource = fields.entity("resource");
        if (!fields.has("resource")) {
            fields.wrong("resource", "is missing");
        }
        Map<String, Value> context = Map.of();
        ObjectNode given = fields.free("context");
        if (given != null) {
            try {
                context = JsonValues.readMembers(given);
            } catch (IllegalArgumentException e) {
                fields.wrong("context", String.valueOf(e.getMessage()));
            }
        }
        return resource == null
                ? null
                : new AccessRequest.Asked.Triple(action, resource, context, Map.of(), Map.of());
    }

    private static AccessRequest.Asked call(BodyFields call) {
        JsonNode body = call.any("body");
        RequestBody content = new RequestBody.Absent();
        if (body != null) {
            try {
                content = new RequestBody.Raw(body.binaryValue(), call.text("content_encoding"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new AccessRequest.Asked.Call(
                new QuayRequest(call.required("method"), call.required("target"), content));
    }

    private static @Nullable String sourceIp(BodyFields fields) {
        String text = fields.text("source_ip");
        String address = text == null ? null : IpAddress.parse(text).orElse(null);
        if (text != null && address == null) {
            fields.wrong("source_ip", "must be an IP address");
        }
        return address;
    }
}
