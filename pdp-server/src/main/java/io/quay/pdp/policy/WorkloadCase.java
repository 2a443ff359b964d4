package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.IssuerLookup;
import io.quay.pdp.federation.TokenClaims;
import io.quay.pdp.federation.TokenVerifier;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A case that asks whether a workload may become an account: its claims are given, so no key is
/// needed. All that the server checks of claims is checked, but for the use of a token twice.
///
/// What every token of the issuer has may be left out: `iss`, `aud`, `iat` and `exp` are then those
/// of a token that was made for this server a moment ago.
record WorkloadCase(Snapshot snapshot, Instant now) {
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    CaseResult decide(YamlObject entry, YamlObject workload) {
        String account = entry.text("assume").orElse("");
        String issuerName = workload.text("issuer").orElse("");
        Map<String, Object> claims = new HashMap<>();
        workload.object("claims").ifPresent(given -> claims.putAll(plain(given.node())));
        workload.refuseUnknownKeys();
        Optional<Issuer> issuer =
                snapshot.issuers().stream()
                        .filter(candidate -> candidate.name().equals(issuerName))
                        .findFirst();
        if (issuer.isEmpty()) {
            workload.problemAt("issuer", "issuers.yaml has no issuer `" + issuerName + "`", null);
            return CaseResult.refused(null, "");
        }
        complete(issuer.get(), claims);
        if (!IssuerLookup.names(claims, issuer.get())) {
            return invalid("the claims name another issuer");
        }
        return switch (TokenClaims.check(issuer.get(), claims, now)) {
            case TokenClaims.Checked.Unsound(
                            TokenVerifier.Verification.Rejected(var _, String detail)) ->
                    invalid(detail);
            case TokenClaims.Checked.Sound(Instant issuedAt, Instant expiresAt) ->
                    decide(
                            new TokenVerifier.Verification.Verified(
                                    issuer.get(), claims, issuedAt, expiresAt, ""),
                            account);
        };
    }

    private CaseResult decide(TokenVerifier.Verification.Verified token, String account) {
        return switch (ClaimMapper.map(token)) {
            case ClaimMapper.Outcome.Refused(var _, String detail) -> invalid(detail);
            case ClaimMapper.Outcome.Mapped(var mapped) -> {
                Optional<ServiceAccount> found = snapshot.accounts().find(account);
                yield found.isEmpty()
                        ? CaseResult.refused(Cause.ACCOUNT_UNKNOWN.code(), "no such account")
                        : CaseResult.of(TrustDecision.decide(snapshot, mapped, found.get(), now));
            }
        };
    }

    private void complete(Issuer issuer, Map<String, Object> claims) {
        if (issuer.kind() != IssuerKind.SPIFFE) {
            claims.putIfAbsent("iss", issuer.issuer());
        }
        claims.putIfAbsent("aud", issuer.audience());
        claims.putIfAbsent("iat", now.getEpochSecond());
        Duration lifetime =
                LIFETIME.compareTo(issuer.maxLifetime()) < 0 ? LIFETIME : issuer.maxLifetime();
        claims.putIfAbsent("exp", now.plus(lifetime).getEpochSecond());
    }

    private static CaseResult invalid(String detail) {
        return CaseResult.refused(
                Cause.INVALID_TOKEN.code(), "deny " + Cause.INVALID_TOKEN.code() + ": " + detail);
    }

    private static Map<String, Object> plain(JsonNode object) {
        Map<String, Object> values = new HashMap<>();
        object.properties()
                .forEach(entry -> {
                    Object value = plainValue(entry.getValue());
                    if (value != null) {
                        values.put(entry.getKey(), value);
                    }
                });
        return values;
    }

    private static @Nullable Object plainValue(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> plain(node);
            case ARRAY -> {
                List<Object> items = new ArrayList<>();
                node.forEach(item -> {
                    Object value = plainValue(item);
                    if (value != null) {
                        items.add(value);
                    }
                });
                yield items;
            }
            case BOOLEAN -> node.asBoolean();
            case NUMBER ->
                    node.isIntegralNumber() ? (Object) node.asLong() : (Object) node.asDouble();
            case STRING -> node.asText();
            case NULL, MISSING, BINARY, POJO -> null;
        };
    }
}
