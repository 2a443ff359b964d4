package io.quay.pdp.federation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which registered issuer a token can be from, by what it says of itself without proof. Pure; no
/// request is ever sent because of it.
public final class IssuerLookup {
    private IssuerLookup() {}

    /// By `iss`, byte for byte; a JWT-SVID by the trust domain in `sub` alone (SPIFFE JWT-SVID
    /// §3.1): an `iss` that it may have names nobody.
    public static boolean names(Map<String, ? extends @Nullable Object> claims, Issuer issuer) {
        return switch (issuer.kind()) {
            case SPIFFE ->
                    claims.get("sub") instanceof String sub
                            && SpiffeId.parse(sub)
                                    .filter(id -> id.issuer().equals(issuer.issuer()))
                                    .isPresent();
            case KUBERNETES, GITHUB_ACTIONS, GITLAB, OIDC ->
                    issuer.issuer().equals(claims.get("iss"));
        };
    }
}
