package io.quay.pdp.decision;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// How a principal proved itself, as policies read it.
final class Proofs {
    private Proofs() {}

    /// `context.authentication`
    static Value value(Authentication authentication, Instant now) {
        Map<String, Value> members = new HashMap<>();
        members.put("method", Value.of(authentication.method().word()));
        if (authentication.issuer() != null) {
            members.put("issuer", Value.of(authentication.issuer()));
        }
        if (authentication.issuedAt() != null) {
            members.put(
                    "token_age",
                    Value.of(Duration.between(authentication.issuedAt(), now).toSeconds()));
        }
        return new Value.Fields(members);
    }
}
