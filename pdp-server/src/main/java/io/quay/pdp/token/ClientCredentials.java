package io.quay.pdp.token;

import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.identity.Credential;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The client credentials grant (RFC 6749 §4.4).
public final class ClientCredentials implements Grant {
    private final WorkloadTokens workloads;

    public ClientCredentials(WorkloadTokens workloads) {
        this.workloads = workloads;
    }

    @Override
    public String type() {
        return "client_credentials";
    }

    @Override
    public Offer offer(Optional<Client> client, Form form) throws OAuthException {
        Client proved =
                client.orElseThrow(
                        () -> OAuthException.client("the request holds no client authentication"));
        Assumed workload = proved.workload();
        if (workload != null) {
            return workloads.offer(workload);
        }
        Credential credential = Objects.requireNonNull(proved.credential());
        return new Offer(
                proved.account(),
                proved.method(),
                credential.id(),
                null,
                null,
                null,
                AccessTokens.MAX_LIFETIME,
                List.of(),
                null);
    }
}
