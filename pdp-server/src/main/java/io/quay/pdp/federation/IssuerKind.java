package io.quay.pdp.federation;

import java.time.Duration;
import java.util.Set;

/// A kind of issuer: which claims its tokens have and what is accepted unless `issuers.yaml`
/// narrows it.
public enum IssuerKind {
    KUBERNETES("kubernetes", "Workload::Kubernetes", Duration.ofHours(24), false),
    SPIFFE("spiffe", "Workload::Spiffe", Duration.ofHours(1), false),
    GITHUB_ACTIONS("github_actions", "Workload::GitHubActions", Duration.ofMinutes(15), true),
    GITLAB("gitlab", "Workload::GitLab", Duration.ofHours(24), false),
    OIDC("oidc", "Workload::Oidc", Duration.ofHours(1), false);

    /// What tokens of any kind may be signed with: asymmetric algorithms only.
    public static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA");

    private final String word;
    private final String entityType;
    private final Duration maxLifetime;
    private final boolean oneTime;

    IssuerKind(String word, String entityType, Duration maxLifetime, boolean oneTime) {
        this.word = word;
        this.entityType = entityType;
        this.maxLifetime = maxLifetime;
        this.oneTime = oneTime;
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

    /// What its tokens may be signed with unless the issuer says otherwise: what the platform signs
    /// with, and no more.
    public Set<String> algorithms() {
        return switch (this) {
            case KUBERNETES -> Set.of("RS256", "ES256", "ES384");
            // SPIFFE JWT-SVID §2.2 has no EdDSA
            case SPIFFE -> Set.of("RS256", "RS384", "RS512", "PS256", "ES256", "ES384");
            case GITHUB_ACTIONS, GITLAB -> Set.of("RS256");
            case OIDC -> ALGORITHMS;
        };
    }

    /// How often a token may be exchanged unless the issuer says otherwise.
    public Replay replay() {
        return oneTime ? Replay.ONE_TIME : Replay.OFF;
    }
}
