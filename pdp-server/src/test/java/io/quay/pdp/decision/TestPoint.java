package io.quay.pdp.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A decision point over a test's policies, and short ways to ask it. Immutable.
///
/// @param subject who asks
/// @param sourceIp null = not known
record TestPoint(
        Knowledge knowledge,
        @Nullable RequestMapper mapper,
        Subject subject,
        @Nullable String sourceIp,
        DecisionPoint.UnboundIds unboundIds,
        Instant now) {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    /// By `svc-a`, named by the caller, from 10.0.0.1.
    static TestPoint of(TestRepository repository) {
        var catalog = repository.schema().catalog();
        return new TestPoint(
                repository.load(),
                catalog == null ? null : new RequestMapper(catalog),
                Subject.Named.of(EntityRef.serviceAccount("svc-a")),
                "10.0.0.1",
                DecisionPoint.UnboundIds.REFUSE,
                NOW);
    }

    TestPoint by(Subject other) {
        return new TestPoint(knowledge, mapper, other, sourceIp, unboundIds, now);
    }

    TestPoint byAccount(String name) {
        return by(Subject.Named.of(EntityRef.serviceAccount(name)));
    }

    /// The same account, proved by a token with these scopes.
    TestPoint proved(@Nullable Set<String> scopes) {
        return by(
                new Subject.Proved(
                        EntityRef.serviceAccount("svc-a"),
                        new Authentication(
                                Authentication.Method.FEDERATED,
                                "prod",
                                new EntityRef("Workload::Oidc", "prod/x"),
                                now.minusSeconds(90),
                                scopes,
                                null,
                                null),
                        null));
    }

    TestPoint from(@Nullable String address) {
        return new TestPoint(knowledge, mapper, subject, address, unboundIds, now);
    }

    TestPoint trustingPaths() {
        return new TestPoint(
                knowledge, mapper, subject, sourceIp, DecisionPoint.UnboundIds.TRUST_PATH, now);
    }

    TestPoint at(Instant moment) {
        return new TestPoint(knowledge, mapper, subject, sourceIp, unboundIds, moment);
    }

    Outcome decide(AccessRequest.Asked asked) {
        return new DecisionPoint(
                        () -> knowledge, mapper, unboundIds, Clock.fixed(now, ZoneOffset.UTC))
                .decide(new AccessRequest(subject, asked, sourceIp));
    }

    Outcome decide(String line, RequestBody body) {
        int blank = line.indexOf(' ');
        return decide(
                new AccessRequest.Asked.Call(
                        new QuayRequest(
                                line.substring(0, blank), line.substring(blank + 1), body)));
    }

    Decision call(String line) {
        return decide(line, new RequestBody.Absent()).decision();
    }

    Decision call(String line, String json) {
        try {
            return decide(line, new RequestBody.Json(JSON.readTree(json))).decision();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Decision callWithoutBody(String line) {
        return decide(line, new RequestBody.Omitted()).decision();
    }

    Decision ask(String action, EntityRef resource) {
        return ask(action, resource, Map.of(), Map.of());
    }

    Decision ask(
            String action,
            EntityRef resource,
            Map<String, Value> context,
            Map<String, Value> properties) {
        return decide(
                        new AccessRequest.Asked.Triple(
                                action, resource, context, Map.of(), properties))
                .decision();
    }

    /// `context.parameters` with these texts.
    static Map<String, Value> parameters(String... namesAndValues) {
        Map<String, Value> parameters = new java.util.HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], Value.of(namesAndValues[i + 1]));
        }
        return Map.of("parameters", new Value.Fields(parameters));
    }

    static void assertAllowed(Decision decision, String... policies) {
        assertThat(decision).isInstanceOf(Decision.Allow.class);
        assertThat(decision.reasons())
                .extracting(Reason::policy)
                .containsExactlyInAnyOrder(policies);
    }

    static void assertDenied(Decision decision, Cause cause, String... policies) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Deny.class,
                        deny -> assertThat(deny.cause()).as(deny.message()).isEqualTo(cause));
        assertThat(decision.reasons())
                .extracting(Reason::policy)
                .containsExactlyInAnyOrder(policies);
    }
}
