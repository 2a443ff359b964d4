package io.quay.pdp.accounts;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import java.time.Instant;

/// That grants on an organization do not count, because a call was let through that frees its name:
/// whoever takes the name anew must not be reached by rights that were given on another.
///
/// @param organization its name
/// @param decisionId of the call
/// @param operation of the call
/// @param since grants that were made later count
public record Suspension(String organization, String decisionId, String operation, Instant since) {
    boolean covers(StoredGrant stored) {
        EntityRef resource = stored.grant().resource();
        boolean within =
                switch (resource.type()) {
                    case EntityTypes.ORGANIZATION -> resource.id().equals(organization);
                    case EntityTypes.REPOSITORY -> resource.id().startsWith(organization + "/");
                    default -> false;
                };
        return within && !stored.createdAt().isAfter(since);
    }
}
