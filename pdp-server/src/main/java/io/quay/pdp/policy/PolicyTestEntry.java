package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One entry of `tests`: who asks, and the cases.
final class PolicyTestEntry {
    private final Snapshot snapshot;
    private final @Nullable RequestMapper mapper;
    private final DecisionPoint.UnboundIds unboundIds;
    private final List<PolicyTest> cases = new ArrayList<>();
    private final String file;
    private final YamlObject test;
    private final String name;
    private final Instant now;

    PolicyTestEntry(
            Snapshot snapshot,
            @Nullable RequestMapper mapper,
            DecisionPoint.UnboundIds unboundIds,
            String file,
            YamlObject test) {
        this.snapshot = snapshot;
        this.mapper = mapper;
        this.unboundIds = unboundIds;
        this.file = file;
        this.test = test;
        this.name = test.text("name").orElse("");
        Instant given = test.moment("now");
        this.now = given == null ? Instant.parse("2026-01-01T12:00:00Z") : given;
    }

    List<PolicyTest> run() {
        Optional<Subject> subject = subject();
        Optional<YamlObject> workload = test.object("workload");
        String sourceIp = test.optionalText("source_ip").orElse(null);
        List<YamlObject> entries = test.objects("cases");
        if (subject.isEmpty() && workload.isEmpty()) {
            test.problem("`principal` or `workload` is missing", "who asks?");
        }
        for (YamlObject entry : entries) {
            if (entry.has("assume")) {
                workload.ifPresentOrElse(
                        asks -> judge(entry, new WorkloadCase(snapshot, now).decide(entry, asks)),
                        () -> entry.problem("`assume` needs the test's `workload`", null));
            } else if (subject.isPresent()) {
                asked(entry)
                        .ifPresent(asked ->
                                judge(
                                        entry,
                                        decide(
                                                new AccessRequest(
                                                        subject.get(),
                                                        asked,
                                                        entry.optionalText("source_ip")
                                                                .orElse(sourceIp)))));
            } else {
                entry.problem("this case needs the test's `principal`", null);
            }
            entry.refuseUnknownKeys();
        }
        if (entries.isEmpty()) {
            test.problem("this test has no `cases`", null);
        }
        test.refuseUnknownKeys();
        return cases;
    }

    private Optional<Subject> subject() {
        Set<String> scopes = test.has("scopes") ? new TreeSet<>(test.texts("scopes")) : null;
        Optional<YamlObject> authentication = test.object("authentication");
        Optional<EntityRef> principal =
                test.optionalText("principal")
                        .map(text ->
                                text.contains("::")
                                        ? reference(test, text)
                                        : EntityRef.serviceAccount(text));
        if (principal.isPresent() && authentication.isPresent()) {
            YamlObject proof = authentication.get();
            Optional<Authentication.Method> method =
                    proof.text("method").flatMap(word -> methodOf(proof, word));
            String issuer = proof.optionalText("issuer").orElse(null);
            proof.refuseUnknownKeys();
            return method.map(known ->
                    new Subject.Proved(
                            principal.get(),
                            new Authentication(known, issuer, null, now, scopes, null, null),
                            null));
        }
        return principal.map(known -> new Subject.Named(known, Map.of(), scopes));
    }

    private static Optional<Authentication.Method> methodOf(YamlObject proof, String word) {
        Optional<Authentication.Method> method =
                Arrays.stream(Authentication.Method.values())
                        .filter(candidate -> candidate.word().equals(word))
                        .findFirst();
        if (method.isEmpty()) {
            proof.problemAt(
                    "method",
                    "`" + word + "` is no method",
                    "client_secret, private_key_jwt or federated");
        }
        return method;
    }

    private Optional<AccessRequest.Asked> asked(YamlObject entry) {
        Optional<String> request = entry.optionalText("request");
        if (request.isPresent()) {
            String[] line = request.get().split(" ", 2);
            if (line.length < 2) {
                entry.problemAt(
                        "request", "`request` must be a method and a target", "GET /api/v1/…");
                return Optional.empty();
            }
            JsonNode body = entry.has("body") ? entry.node().get("body") : null;
            boolean omitted = entry.flag("body_omitted", false);
            RequestBody what =
                    omitted
                            ? new RequestBody.Omitted()
                            : body == null ? new RequestBody.Absent() : new RequestBody.Json(body);
            return Optional.of(
                    new AccessRequest.Asked.Call(new QuayRequest(line[0], line[1], what)));
        }
        Optional<String> action = entry.text("action");
        Optional<String> resource = entry.text("resource");
        if (action.isEmpty() || resource.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new AccessRequest.Asked.Triple(
                        action.get(),
                        reference(entry, resource.get()),
                        values(entry, "context"),
                        Map.of(),
                        values(entry, "properties")));
    }

    private static Map<String, Value> values(YamlObject entry, String key) {
        Optional<YamlObject> object = entry.object(key);
        if (object.isEmpty()) {
            return Map.of();
        }
        try {
            return JsonValues.readMembers(object.get().node());
        } catch (IllegalArgumentException e) {
            entry.problemAt(key, "`" + key + "`: " + e.getMessage(), null);
            return Map.of();
        }
    }

    /// `Quay::Organization/acme`.
    private static EntityRef reference(YamlObject entry, String text) {
        int slash = text.indexOf('/');
        if (slash <= 0) {
            entry.problem("`" + text + "` must be TYPE/ID", "for example Quay::Organization/acme");
            return new EntityRef("Unknown", text);
        }
        return new EntityRef(text.substring(0, slash), text.substring(slash + 1));
    }

    private CaseResult decide(AccessRequest request) {
        try {
            DecisionPoint point =
                    new DecisionPoint(
                            () -> snapshot, mapper, unboundIds, Clock.fixed(now, ZoneOffset.UTC));
            return CaseResult.of(point.decide(request).decision());
        } catch (Shape.MisfitException e) {
            return CaseResult.refused("bad request", String.valueOf(e.getMessage()));
        }
    }

    private void judge(YamlObject entry, CaseResult came) {
        List<String> wrong = new ArrayList<>();
        String expected = entry.text("expect").orElse("");
        if (!expected.equals("allow") && !expected.equals("deny")) {
            entry.problemAt("expect", "`expect` must be allow or deny", null);
        }
        if (!expected.equals(came.allowed() ? "allow" : "deny")) {
            wrong.add("expected " + expected + ", came " + came.words());
        }
        entry.optionalText("cause")
                .filter(cause -> !cause.equals(came.cause()))
                .ifPresent(
                        cause -> wrong.add("expected cause " + cause + ", came " + came.words()));
        if (entry.has("by") && !new TreeSet<>(entry.texts("by")).equals(came.by())) {
            wrong.add("expected by " + entry.texts("by") + ", came by " + new TreeSet<>(came.by()));
        }
        String what =
                entry.optionalText("request")
                        .or(() -> entry.optionalText("assume").map(account -> "assume " + account))
                        .orElseGet(() ->
                                entry.optionalText("action").orElse("")
                                        + " on "
                                        + entry.optionalText("resource").orElse(""));
        cases.add(
                new PolicyTest(
                        file,
                        entry.line(),
                        name,
                        what + " -> " + expected,
                        wrong.isEmpty() ? null : String.join("; ", wrong)));
    }
}
