package io.quay.pdp.token;

import java.util.Optional;

/// The JWT bearer grant (RFC 7523 §2.1): a workload token as authorization grant. `client_id` names
/// the account.
public final class JwtBearer implements Grant {
    private final WorkloadTokens workloads;

    public JwtBearer(WorkloadTokens workloads) {
        this.workloads = workloads;
    }

    @Override
    public String type() {
        return "urn:ietf:params:oauth:grant-type:jwt-bearer";
    }

    @Override
    public Offer offer(Optional<Client> client, Form form) throws OAuthException {
        return workloads.offer(
                form.required("assertion"), client, form, WorkloadTokens.Place.ASSERTION, null);
    }
}
