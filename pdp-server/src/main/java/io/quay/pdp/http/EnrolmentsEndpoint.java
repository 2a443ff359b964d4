package io.quay.pdp.http;

import io.quay.pdp.accounts.EnrolmentApproval;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.quay.QuayNames;
import java.util.List;

/// `/v1/enrolments`: accounts in our teams of Quay's organizations.
final class EnrolmentsEndpoint {
    private final EnrolmentApproval approval;

    EnrolmentsEndpoint(EnrolmentApproval approval) {
        this.approval = approval;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                "/v1/enrolments/approve",
                                "approveEnrolment",
                                "Lets an account be put into our team of an organization of Quay"
                                        + " again, after somebody took it out there",
                                "approveEnrolment",
                                this::approve)
                        .body("EnrolmentApprovalRequest"));
    }

    private Reply approve(ApiRequest request) {
        BodyFields fields = new BodyFields(request.body());
        String account = fields.required("account");
        String organization = fields.required("organization");
        if (!organization.isEmpty()
                && !QuayNames.wellFormed(EntityRef.organization(organization))) {
            fields.wrong("organization", "must be the name of an organization");
        }
        fields.end();
        approval.approve(request.caller(), account, organization);
        return Reply.empty(204);
    }
}
