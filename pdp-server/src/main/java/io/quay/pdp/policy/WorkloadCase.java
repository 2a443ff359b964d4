package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A case that asks whether a workload may become an account: its claims are given, so no key is
/// needed.
record WorkloadCase(Snapshot snapshot, Instant now) {
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
        return switch (ClaimMapper.map(
                new TokenVerifier.Verification.Verified(
                        issuer.get(), claims, now, now.plusSeconds(60), ""))) {
            case ClaimMapper.Outcome.Refused(var _, String detail) ->
                    CaseResult.refused(Cause.INVALID_TOKEN.code(), detail);
            case ClaimMapper.Outcome.Mapped(var mapped) -> {
                Optional<ServiceAccount> found = snapshot.accounts().find(account);
                yield found.isEmpty()
                        ? CaseResult.refused(Cause.ACCOUNT_UNKNOWN.code(), "no such account")
                        : CaseResult.of(TrustDecision.decide(snapshot, mapped, found.get(), now));
            }
        };
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
