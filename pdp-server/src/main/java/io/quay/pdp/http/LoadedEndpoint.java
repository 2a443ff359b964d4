package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.policy.Role;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.Operation;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/// What is loaded: `/v1/roles`, `/v1/policies`, `/v1/operations` and `/v1/issuers`.
final class LoadedEndpoint {
    private final Administration administration;
    private final Supplier<LiveView> loaded;
    private final Supplier<Optional<ActivePolicies.Failure>> failure;
    private final List<Operation> operations;

    LoadedEndpoint(
            Administration administration,
            Supplier<LiveView> loaded,
            Supplier<Optional<ActivePolicies.Failure>> failure,
            List<Operation> operations) {
        this.administration = administration;
        this.loaded = loaded;
        this.failure = failure;
        this.operations = List.copyOf(operations);
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.GET,
                                "/v1/roles",
                                "listRoles",
                                "Lists the roles that can be granted",
                                "readRoles",
                                this::roles)
                        .answer("Role")
                        .with(Trait.LIST),
                Route.of(
                                Method.GET,
                                "/v1/policies",
                                "getPolicies",
                                "Says which policies are in force, and why a newer set is not",
                                "readPolicies",
                                this::policies)
                        .answer("Policies"),
                Route.of(
                                Method.GET,
                                "/v1/operations",
                                "listOperations",
                                "Lists the operations of Quay's Management API that are known",
                                "readOperations",
                                this::operations)
                        .answer("Operation")
                        .with(Trait.LIST),
                Route.of(
                                Method.GET,
                                "/v1/issuers",
                                "listIssuers",
                                "Lists the trusted issuers of workload tokens",
                                "readIssuers",
                                this::issuers)
                        .answer("Issuer")
                        .with(Trait.LIST));
    }

    private void require(ApiRequest request) {
        administration.require(request.caller(), request.route().action(), EntityRef.registry());
    }

    private Reply roles(ApiRequest request) {
        require(request);
        return Pages.ofAll(request, loaded.get().roles(), Role::name, LoadedEndpoint::write);
    }

    private static ObjectNode write(Role role) {
        ObjectNode json =
                BodyFields.empty()
                        .put("name", role.name())
                        .put("description", role.description())
                        .put("file", role.file())
                        .put("line", role.line());
        ArrayNode policies = json.putArray("policies");
        role.policies().forEach(policies::add);
        return json;
    }

    private Reply policies(ApiRequest request) {
        require(request);
        Snapshot inForce = loaded.get().snapshot();
        ObjectNode json = BodyFields.empty().put("version", inForce.version());
        ObjectNode counts = json.putObject("counts");
        inForce.counts().forEach(counts::put);
        json.put("service_accounts", inForce.accounts().all().size());
        json.put("issuers", inForce.issuers().size());
        json.set("last_failed_load", failure.get().map(LoadedEndpoint::write).orElse(null));
        return Reply.ok(json);
    }

    private static ObjectNode write(ActivePolicies.Failure failure) {
        ObjectNode json = BodyFields.empty();
        json.set("at", Times.json(failure.time()));
        ArrayNode problems = json.putArray("problems");
        for (Problem problem : failure.problems()) {
            problems.addObject()
                    .put("rule", problem.rule())
                    .put("file", problem.file())
                    .put("line", problem.line())
                    .put("column", problem.column())
                    .put("message", problem.message())
                    .put("hint", problem.hint());
        }
        return json;
    }

    private Reply operations(ApiRequest request) {
        require(request);
        return Pages.ofAll(request, operations, Operation::name, LoadedEndpoint::write);
    }

    private static ObjectNode write(Operation operation) {
        ObjectNode json =
                BodyFields.empty()
                        .put("name", operation.name())
                        .put("method", operation.method())
                        .put("path", operation.template())
                        .put("scope", operation.scope())
                        .put("mutates", operation.mutates());
        ArrayNode classes = json.putArray("classes");
        new TreeSet<>(operation.classes()).forEach(classes::add);
        ArrayNode groups = json.putArray("groups");
        new TreeSet<>(operation.groups()).forEach(groups::add);
        ArrayNode types = json.putArray("resource_types");
        operation.resourceTypes().forEach(types::add);
        ArrayNode parameters = json.putArray("parameters");
        operation.parameters().stream()
                .sorted(java.util.Comparator.comparing(parameter -> parameter.name()))
                .forEach(parameter ->
                        parameters
                                .addObject()
                                .put("name", parameter.name())
                                .put(
                                        "in",
                                        parameter.place().name().toLowerCase(java.util.Locale.ROOT))
                                .put(
                                        "type",
                                        parameter
                                                .type()
                                                .name()
                                                .toLowerCase(java.util.Locale.ROOT)));
        return json;
    }

    private Reply issuers(ApiRequest request) {
        require(request);
        return Pages.ofAll(
                request,
                loaded.get().issuers(),
                Issuer::name,
                issuer ->
                        BodyFields.empty()
                                .put("name", issuer.name())
                                .put("kind", issuer.kind().word())
                                .put("issuer", issuer.issuer())
                                .put("audience", issuer.audience()));
    }
}
