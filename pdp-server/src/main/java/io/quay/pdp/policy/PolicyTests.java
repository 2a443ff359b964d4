package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs `tests/*.yaml` of a policy directory: with the production decision point, engine and error
/// mode. Not thread-safe.
public final class PolicyTests {
    private final Snapshot snapshot;
    private final @Nullable RequestMapper mapper;
    private final DecisionPoint.UnboundIds unboundIds;
    private final List<PolicyTest> cases = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    /// @param catalog null when the schema is not Quay's
    public PolicyTests(
            Snapshot snapshot, @Nullable Catalog catalog, DecisionPoint.UnboundIds unboundIds) {
        this.snapshot = snapshot;
        this.mapper = catalog == null ? null : new RequestMapper(catalog);
        this.unboundIds = unboundIds;
    }

    public PolicyTest.Report run(Path policies) {
        Path folder = policies.resolve("tests");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".yaml"))
                        .sorted()
                        .forEach(this::runFile);
            } catch (IOException e) {
                problems.add(
                        new Problem(
                                "tests",
                                "tests",
                                0,
                                0,
                                "this folder cannot be read: " + e.getMessage(),
                                null));
            }
        }
        return new PolicyTest.Report(cases, problems);
    }

    private void runFile(Path path) {
        String file = "tests/" + path.getFileName();
        try {
            YamlObject root = YamlObject.root(file, "tests", Files.readString(path), problems);
            root.objects("tests").forEach(test -> new OneTest(file, test).run());
            root.refuseUnknownKeys();
        } catch (YamlDocument.ProblemException e) {
            problems.add(e.problem());
        } catch (IOException e) {
            problems.add(
                    new Problem(
                            "tests",
                            file,
                            0,
                            0,
                            "this file cannot be read: " + e.getMessage(),
                            null));
        }
    }

    /// What came of a case.
    private record Came(boolean allowed, @Nullable String cause, Set<String> by, String words) {}

    /// One entry of `tests`: who asks, and the cases.
    private final class OneTest {
        private final String file;
        private final YamlObject test;
        private final String name;
        private final Instant now;

        OneTest(String file, YamlObject test) {
            this.file = file;
            this.test = test;
            this.name = test.text("name").orElse("");
            Instant given = test.moment("now");
            this.now = given == null ? Instant.parse("2026-01-01T12:00:00Z") : given;
        }

        void run() {
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
                            asks -> judge(entry, assume(entry, asks)),
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
                                new Authentication(known, issuer, null, now, scopes)));
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
                                : body == null
                                        ? new RequestBody.Absent()
                                        : new RequestBody.Json(body);
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
            return object.isPresent() ? JsonValues.readMembers(object.get().node()) : Map.of();
        }

        /// `Quay::Organization/acme`.
        private static EntityRef reference(YamlObject entry, String text) {
            int slash = text.indexOf('/');
            if (slash <= 0) {
                entry.problem(
                        "`" + text + "` must be TYPE/ID", "for example Quay::Organization/acme");
                return new EntityRef("Unknown", text);
            }
            return new EntityRef(text.substring(0, slash), text.substring(slash + 1));
        }

        private Came decide(AccessRequest request) {
            try {
                DecisionPoint point =
                        new DecisionPoint(
                                () -> snapshot,
                                mapper,
                                unboundIds,
                                Clock.fixed(now, ZoneOffset.UTC));
                return came(point.decide(request).decision());
            } catch (Shape.MisfitException e) {
                return new Came(false, "bad request", Set.of(), String.valueOf(e.getMessage()));
            }
        }

        private Came assume(YamlObject entry, YamlObject workload) {
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
                workload.problemAt(
                        "issuer", "issuers.yaml has no issuer `" + issuerName + "`", null);
                return new Came(false, null, Set.of(), "");
            }
            return switch (ClaimMapper.map(
                    new TokenVerifier.Verification.Verified(
                            issuer.get(), claims, now, now.plusSeconds(60), ""))) {
                case ClaimMapper.Outcome.Refused(var _, String detail) ->
                        new Came(false, Cause.INVALID_TOKEN.code(), Set.of(), detail);
                case ClaimMapper.Outcome.Mapped(var mapped) -> {
                    Optional<ServiceAccount> found = snapshot.accounts().find(account);
                    yield found.isEmpty()
                            ? new Came(
                                    false,
                                    Cause.ACCOUNT_UNKNOWN.code(),
                                    Set.of(),
                                    "no such account")
                            : came(TrustDecision.decide(snapshot, mapped, found.get(), now));
                }
            };
        }

        private void judge(YamlObject entry, Came came) {
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
                    .ifPresent(cause ->
                            wrong.add("expected cause " + cause + ", came " + came.words()));
            if (entry.has("by") && !new TreeSet<>(entry.texts("by")).equals(came.by())) {
                wrong.add("expected by " + entry.texts("by") + ", came by " + came.by());
            }
            String what =
                    entry.optionalText("request")
                            .or(() ->
                                    entry.optionalText("assume")
                                            .map(account -> "assume " + account))
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

    private static Came came(Decision decision) {
        Set<String> by = new TreeSet<>();
        List<String> places = new ArrayList<>();
        for (Reason reason : decision.reasons()) {
            by.add(reason.policy());
            places.add(reason.policy() + " (" + reason.file() + ":" + reason.line() + ")");
        }
        String policies = places.isEmpty() ? "" : " by " + String.join(", ", places);
        return switch (decision) {
            case Decision.Allow _ -> new Came(true, null, by, "allow" + policies);
            case Decision.Deny(Cause cause, String message, var _, var _) ->
                    new Came(
                            false,
                            cause.code(),
                            by,
                            "deny " + cause.code() + policies + ": " + message);
            case Decision.Indeterminate(String fault, var _, var _) ->
                    new Came(
                            false,
                            Cause.EVALUATION_ERROR.code(),
                            by,
                            "deny evaluation_error" + policies + ": " + fault);
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
