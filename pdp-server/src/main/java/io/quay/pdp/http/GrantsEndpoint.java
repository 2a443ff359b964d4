package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.GrantSpec;
import io.quay.pdp.accounts.StoredGrant;
import io.quay.pdp.accounts.Suspension;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import java.time.Instant;
import java.util.List;

/// `/v1/service-accounts/{name}/grants`.
final class GrantsEndpoint {
    private static final String GRANTS = AccountsEndpoint.ACCOUNT + "/grants";
    private static final String GRANT = GRANTS + "/{id}";

    private final Administration administration;

    GrantsEndpoint(Administration administration) {
        this.administration = administration;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                GRANTS,
                                "createGrant",
                                "Gives an account a role on a resource, from the next request on",
                                "createGrant",
                                this::create)
                        .body("GrantRequest")
                        .answer("Grant")
                        .with(Trait.CREATES, Trait.CHANGES),
                Route.of(
                                Method.GET,
                                GRANTS,
                                "listGrants",
                                "Lists an account's grants",
                                "readGrant",
                                this::list)
                        .answer("Grant")
                        .with(Trait.LIST),
                Route.of(Method.GET, GRANT, "getGrant", "Reads a grant", "readGrant", this::get)
                        .answer("Grant"),
                Route.of(
                                Method.DELETE,
                                GRANT,
                                "deleteGrant",
                                "Takes a grant away, from the next request on",
                                "deleteGrant",
                                this::delete)
                        .with(Trait.CHANGES));
    }

    private Reply list(ApiRequest request) {
        return Pages.ofAll(
                request,
                administration.grants(request.caller(), request.path("name")),
                stored -> stored.grant().id(),
                this::write);
    }

    private Reply get(ApiRequest request) {
        return Reply.ok(
                write(
                        administration.grant(
                                request.caller(), request.path("name"), request.path("id"))));
    }

    private Reply create(ApiRequest request) {
        ObjectNode body = request.body();
        BodyFields fields = new BodyFields(body);
        String role = fields.required("role");
        EntityRef resource = fields.entity("resource");
        Instant expiresAt = fields.time("expires_at");
        if (!fields.has("resource")) {
            fields.wrong("resource", "is missing");
        }
        fields.end();
        Write.Done<StoredGrant> done =
                administration.createGrant(
                        request.caller(),
                        request.path("name"),
                        new GrantSpec(role, java.util.Objects.requireNonNull(resource), expiresAt),
                        request.write(body));
        String location =
                AccountsEndpoint.ACCOUNTS
                        + "/"
                        + request.path("name")
                        + "/grants/"
                        + done.value().grant().id();
        return Replies.created(request, location, write(done.value()), done);
    }

    private Reply delete(ApiRequest request) {
        administration.deleteGrant(
                request.caller(), request.path("name"), request.path("id"), request.write(null));
        return Replies.changed(request, Reply.empty(204));
    }

    private ObjectNode write(StoredGrant stored) {
        Grant grant = stored.grant();
        ObjectNode json = BodyFields.empty().put("id", grant.id()).put("role", grant.role());
        json.set("resource", EntityJson.write(grant.resource()));
        json.set("expires_at", Times.json(grant.expiresAt()));
        json.set("created_at", Times.json(stored.createdAt()));
        json.put("created_by", stored.createdBy());
        json.set(
                "suspended",
                administration
                        .findSuspension(stored)
                        .<com.fasterxml.jackson.databind.JsonNode>map(GrantsEndpoint::write)
                        .orElseGet(com.fasterxml.jackson.databind.node.NullNode::getInstance));
        return json;
    }

    private static ObjectNode write(Suspension suspension) {
        ObjectNode json = BodyFields.empty();
        json.set("since", Times.json(suspension.since()));
        return json.put("operation", suspension.operation())
                .put("decision_id", suspension.decisionId())
                .put(
                        "message",
                        "`"
                                + suspension.organization()
                                + "` was deleted or renamed, or may have been: the grant counts again"
                                + " after POST /v1/suspensions/confirm, or delete it");
    }
}
