package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.CredentialSpec;
import io.quay.pdp.accounts.NewCredential;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import java.time.Duration;
import java.util.List;

/// `/v1/service-accounts/{name}/credentials`.
final class CredentialsEndpoint {
    private static final String CREDENTIALS = AccountsEndpoint.ACCOUNT + "/credentials";
    private static final String CREDENTIAL = CREDENTIALS + "/{id}";
    private static final Duration OVERLAP = Duration.ofHours(24);

    private final Administration administration;

    CredentialsEndpoint(Administration administration) {
        this.administration = administration;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                CREDENTIALS,
                                "createCredential",
                                "Creates a credential; a new secret is answered this once",
                                "createCredential",
                                this::create)
                        .body("CredentialRequest")
                        .answer("NewCredential")
                        .with(Trait.CREATES, Trait.CHANGES),
                Route.of(
                                Method.GET,
                                CREDENTIALS,
                                "listCredentials",
                                "Lists an account's credentials, without secrets",
                                "readCredential",
                                this::list)
                        .answer("Credential")
                        .with(Trait.LIST),
                Route.of(
                                Method.GET,
                                CREDENTIAL,
                                "getCredential",
                                "Reads a credential, without its secret",
                                "readCredential",
                                this::get)
                        .answer("Credential"),
                Route.of(
                                Method.DELETE,
                                CREDENTIAL,
                                "deleteCredential",
                                "Deletes a credential: it is refused from the next request on",
                                "deleteCredential",
                                this::delete)
                        .with(Trait.CHANGES),
                Route.of(
                                Method.POST,
                                CREDENTIAL + "/rotate",
                                "rotateCredential",
                                "Makes a successor; the old one ends after the overlap",
                                "rotateCredential",
                                this::rotate)
                        .body("RotationRequest")
                        .answer("NewCredential")
                        .with(Trait.CREATES, Trait.CHANGES, Trait.BODY_OPTIONAL));
    }

    private Reply list(ApiRequest request) {
        return Pages.ofAll(
                request,
                administration.credentials(request.caller(), request.path("name")),
                seen -> seen.credential().id(),
                CredentialJson::write);
    }

    private Reply get(ApiRequest request) {
        return Reply.ok(
                CredentialJson.write(
                        administration.credential(
                                request.caller(), request.path("name"), request.path("id"))));
    }

    private Reply create(ApiRequest request) {
        ObjectNode body = request.body();
        CredentialSpec spec = CredentialJson.read(body);
        return made(
                request,
                administration.createCredential(
                        request.caller(), request.path("name"), spec, request.write(body)));
    }

    private Reply rotate(ApiRequest request) {
        ObjectNode body = request.body();
        BodyFields fields = new BodyFields(body);
        Duration overlap = fields.duration("overlap", OVERLAP);
        CredentialSpec spec = CredentialJson.readSuccessor(fields);
        fields.end();
        return made(
                request,
                administration.rotate(
                        request.caller(),
                        request.path("name"),
                        request.path("id"),
                        overlap,
                        spec,
                        request.write(body)));
    }

    private static Reply made(ApiRequest request, Write.Done<NewCredential> done) {
        String name = request.path("name");
        String location =
                AccountsEndpoint.ACCOUNTS
                        + "/"
                        + name
                        + "/credentials/"
                        + done.value().credential().id();
        return Replies.created(
                request,
                location,
                CredentialJson.write(done.value(), name, request.dryRun()),
                done);
    }

    private Reply delete(ApiRequest request) {
        administration.deleteCredential(
                request.caller(), request.path("name"), request.path("id"), request.write(null));
        return Replies.changed(request, Reply.empty(204));
    }
}
