package io.quay.pdp.http;

import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.quay.QuayNames;
import java.util.List;

/// `/v1/suspensions`: grants on organizations whose names were freed.
final class SuspensionsEndpoint {
    private final GrantSuspensions suspensions;

    SuspensionsEndpoint(GrantSuspensions suspensions) {
        this.suspensions = suspensions;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                "/v1/suspensions/confirm",
                                "confirmGrants",
                                "Lets the grants on an organization count again that are suspended"
                                        + " since it was deleted or renamed",
                                "confirmGrants",
                                this::confirm)
                        .body("SuspensionConfirmation"));
    }

    private Reply confirm(ApiRequest request) {
        BodyFields fields = new BodyFields(request.body());
        String organization = fields.required("organization");
        if (!organization.isEmpty()
                && !QuayNames.wellFormed(EntityRef.organization(organization))) {
            fields.wrong("organization", "must be the name of an organization");
        }
        fields.end();
        suspensions.confirm(request.caller(), organization);
        return Reply.empty(204);
    }
}
