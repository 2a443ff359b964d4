package io.quay.pdp.policy;

import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.Set;

/// Whether anything still lets an account act in an organization, as far as scopes show: it may
/// answer yes where conditions always refuse, never no where something permits.
public final class Reaching {
    private Reaching() {}

    public static boolean reaches(
            LiveView view, ServiceAccount account, String organization, Instant now) {
        Constraint inside = new Constraint.In(Set.of(EntityRef.organization(organization)));
        return Power.of(view, PolicyKind.ACCESS, account).permits().stream()
                .filter(permit -> permit.member().candidate().activeAt(now))
                .anyMatch(permit -> !Region.disjoint(permit.resource(), inside));
    }
}
