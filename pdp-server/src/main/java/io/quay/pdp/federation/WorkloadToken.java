package io.quay.pdp.federation;

import io.quay.pdp.audit.EventLog;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A workload token that was verified: what it proves, and what tells it from others. Holds nothing
/// of the token but its claims' workload. Immutable.
///
/// @param subject its `sub`; of a JWT-SVID the SPIFFE ID in its one spelling
/// @param issuedAt its `iat`
/// @param expiresAt its `exp`
/// @param hash SHA-256 of the token, in hex: for records
/// @param identity SHA-256 of what makes it the one token that it is, in hex: for counting its uses
public record WorkloadToken(
        Issuer issuer,
        String subject,
        Workload workload,
        Instant issuedAt,
        Instant expiresAt,
        String hash,
        String identity) {
    /// The most leeway that `issuers.yaml` takes: uses are remembered as if every issuer had it, so
    /// that giving one more leeway gives no used token another use.
    private static final Duration MOST_LEEWAY = Duration.ofMinutes(5);

    /// @param token as it was shown, and verified
    static WorkloadToken of(String token, Verified verified, Workload workload) {
        return new WorkloadToken(
                verified.issuer(),
                verified.issuer().kind() == IssuerKind.SPIFFE
                        ? workload.entity().id()
                        : String.valueOf(verified.claims().get("sub")),
                workload,
                verified.issuedAt(),
                verified.expiresAt(),
                verified.tokenHash(),
                identity(token, verified));
    }

    /// What makes a token the one that it is: its `jti`, which no other token of the `iss` has (RFC
    /// 7519 §4.1.7), or else all that is signed. Never the signature: ECDSA has two for each, and
    /// whoever has one can write the other. By `iss`, not by the issuer's name here: renaming an
    /// issuer gives its used tokens no second use.
    private static String identity(String token, Verified verified) {
        return ClientSecret.sha256Hex(
                "workload token\n"
                        + verified.issuer().issuer()
                        + (verified.claims().get("jti") instanceof String id
                                ? "\njti\n" + id
                                : "\nsigned\n" + token.substring(0, token.lastIndexOf('.'))));
    }

    /// The moment from which on it is refused.
    public Instant refusedFrom() {
        Instant end = expiresAt.plus(issuer.leeway());
        Instant tooOld = issuedAt.plus(issuer.maxAge());
        return tooOld.isBefore(end) ? tooOld : end;
    }

    /// What one use of it uses up; empty when its issuer's tokens may be used as often as they
    /// live.
    public Optional<EventLog.Spent> use() {
        return switch (issuer.replay()) {
            case Replay.Off _ -> Optional.empty();
            case Replay.Uses(int max) ->
                    Optional.of(new EventLog.Spent(identity, expiresAt.plus(MOST_LEEWAY), max));
        };
    }

    /// What its platform calls the repository or project behind it now; empty for kinds whose names
    /// never change.
    public Optional<EventLog.Named> named() {
        return switch (issuer.kind()) {
            case GITHUB_ACTIONS -> named("repository", "repository_id", "repository");
            case GITLAB -> named("project", "project_id", "project_path");
            case KUBERNETES, SPIFFE, OIDC -> Optional.empty();
        };
    }

    private Optional<EventLog.Named> named(String thing, String id, String name) {
        return workload.attributes().get(id) instanceof Value.Text(String unique)
                        && workload.attributes().get(name) instanceof Value.Text(String called)
                ? Optional.of(new EventLog.Named(issuer.issuer(), thing + " " + unique, called))
                : Optional.empty();
    }

    /// Whose it is, for records: names and ids, no part of the token.
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("issuer", issuer.name());
        facts.put("subject", subject);
        workload.run().forEach((claim, value) -> facts.put("run." + claim, value));
        facts.put("token_hash", hash);
        return facts;
    }
}
