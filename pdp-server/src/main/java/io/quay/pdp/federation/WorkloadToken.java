package io.quay.pdp.federation;

import io.quay.pdp.audit.EventLog;
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

    /// The moment from which on it is refused.
    public Instant refusedFrom() {
        return expiresAt.plus(issuer.leeway());
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
