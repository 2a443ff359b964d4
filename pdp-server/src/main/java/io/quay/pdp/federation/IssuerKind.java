package io.quay.pdp.federation;

import java.time.Duration;
import java.util.Set;

/// A kind of issuer: which claims its tokens have and what is accepted unless `issuers.yaml`
/// narrows it.
public enum IssuerKind {
    KUBERNETES("kubernetes", "Workload::Kubernetes", Duration.ofHours(24)),
    OIDC("oidc", "Workload::Oidc", Duration.ofHours(1));

    /// What a token may be signed with unless the issuer says otherwise: asymmetric algorithms
    /// only.
    public static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA");

    private final String word;
    private final String entityType;
    private final Duration maxLifetime;

    IssuerKind(String word, String entityType, Duration maxLifetime) {
        this.word = word;
        this.entityType = entityType;
        this.maxLifetime = maxLifetime;
    }

    /// The word in `issuers.yaml`.
    public String word() {
        return word;
    }

    public String entityType() {
        return entityType;
    }

    /// The default ceiling of `exp - iat`.
    public Duration maxLifetime() {
        return maxLifetime;
    }
}
