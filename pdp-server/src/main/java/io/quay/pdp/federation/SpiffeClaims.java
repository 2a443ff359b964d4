package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.util.Map;

/// The claims of a JWT-SVID (SPIFFE JWT-SVID §3): `sub` alone says who it is.
///
/// Its trust domain must be the issuer's, whatever `iss` says: a bundle speaks for one domain.
final class SpiffeClaims {
    private SpiffeClaims() {}

    static Workload workload(Verified token) throws ClaimException {
        ClaimReader claims = new ClaimReader(token.claims());
        SpiffeId id =
                SpiffeId.parse(claims.text("sub"))
                        .orElseThrow(() ->
                                new ClaimException(
                                        Cause.MALFORMED_CLAIM,
                                        "claim sub is no workload's SPIFFE ID"));
        if (!id.issuer().equals(token.issuer().issuer())) {
            throw new ClaimException(
                    Cause.CONTRADICTING_CLAIMS, "claim sub is of another trust domain");
        }
        Map<String, Value> attributes =
                new Attributes()
                        .add("issuer", token.issuer().name())
                        .add("trust_domain", id.trustDomain())
                        .add("path", id.path())
                        .put(
                                "segments",
                                new Value.Many(
                                        id.segments().stream().distinct().map(Value::of).toList()))
                        .values();
        Map<String, String> run = claims.run("jti");
        run.put("spiffe_id", id.toString());
        return new Workload(
                new EntityRef(token.issuer().kind().entityType(), id.toString()),
                attributes,
                Map.of(),
                run);
    }
}
