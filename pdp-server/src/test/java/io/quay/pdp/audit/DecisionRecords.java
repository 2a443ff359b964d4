package io.quay.pdp.audit;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Sample records for tests.
public final class DecisionRecords {
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");

    private DecisionRecords() {}

    /// An allow with every member set, made `number` seconds after noon; its id sorts by number.
    public static DecisionRecord allow(int number) {
        return new DecisionRecord(
                id(number),
                NOON.plusSeconds(number),
                "ci",
                "req-" + number,
                EntityRef.serviceAccount("svc-deploy"),
                new EntityRef("Workload::GitHub", "repo:acme/web"),
                "createRepo",
                EntityRef.organization("acme"),
                true,
                null,
                List.of("acme-terraform", "say \"yes\""),
                "v1",
                Map.of("visibility", Value.of("private")),
                true);
    }

    /// A deny for which nothing could be established.
    public static DecisionRecord bareDeny(int number) {
        return new DecisionRecord(
                id(number),
                NOON.plusSeconds(number),
                "ci",
                null,
                null,
                null,
                null,
                null,
                false,
                "unknown_operation",
                List.of(),
                "v1",
                Map.of(),
                false);
    }

    /// An allow of an operation that changes nothing.
    public static DecisionRecord read(int number) {
        DecisionRecord some = allow(number);
        return new DecisionRecord(
                some.id(),
                some.time(),
                some.caller(),
                some.requestId(),
                some.principal(),
                null,
                "getRepo",
                EntityRef.repository("acme/web"),
                true,
                null,
                some.policies(),
                some.policyVersion(),
                Map.of(),
                false);
    }

    public static DecisionRecord withParameters(int number, Map<String, Value> parameters) {
        DecisionRecord bare = bareDeny(number);
        return new DecisionRecord(
                bare.id(),
                bare.time(),
                bare.caller(),
                null,
                null,
                null,
                null,
                null,
                false,
                bare.cause(),
                List.of(),
                bare.policyVersion(),
                parameters,
                false);
    }

    public static DecisionRecord withId(String id) {
        DecisionRecord some = allow(0);
        return new DecisionRecord(
                id,
                some.time(),
                some.caller(),
                some.requestId(),
                some.principal(),
                some.workload(),
                some.action(),
                some.resource(),
                true,
                null,
                some.policies(),
                some.policyVersion(),
                some.parameters(),
                some.mutates());
    }

    public static String id(int number) {
        return "01HQ%022d".formatted(number);
    }
}
