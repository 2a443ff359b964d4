package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.quay.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Scopes only narrow.
class ScopesTest {
    private static final String GET = "GET /api/v1/repository/acme/web";
    private static final String EVERYTHING =
            "@id(\"all\") @waive(\"classified-operations: test; unconstrained-permit: test\") permit (principal, action, resource);";

    @TempDir private Path directory;
    private TestRepository repository;
    private TestPoint point;

    @BeforeEach
    void load() {
        repository = TestRepository.quay(directory).withAccounts("svc-a").withAccess(EVERYTHING);
        point = TestPoint.of(repository);
    }

    @ParameterizedTest
    @ValueSource(strings = {"repo:read", "repo:write", "repo:admin"})
    void scopeThatHoldsTheOperations_covers(String scope) {
        assertAllowed(point.proved(Set.of(scope)).call(GET), "all");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "repo:create",
                "org:admin",
                "super:user",
                "user:read",
                "read",
                "read-safe",
                "mutate",
                "credential:read",
                "getRepo",
                "*",
                "",
                "REPO:READ"
            })
    void anyOtherName_coversNothing(String scope) {
        assertDenied(point.proved(Set.of(scope)).call(GET), Cause.INSUFFICIENT_SCOPE);
        assertDenied(
                point.by(
                                new Subject.Named(
                                        EntityRef.serviceAccount("svc-a"), Map.of(), Set.of(scope)))
                        .call(GET),
                Cause.INSUFFICIENT_SCOPE);
    }

    @ParameterizedTest
    @CsvSource({"repo:read, false", "repo:write, true", "repo:admin, true"})
    void readScope_isNoWriteScope(String scope, boolean allowed) {
        Assertions.assertThat(
                        point.proved(Set.of(scope))
                                .call(
                                        "POST /api/v1/repository/acme/web/manifest/sha256:ab/labels",
                                        "{\"key\": \"a\", \"value\": \"b\", \"media_type\": \"text/plain\"}")
                                .allowed())
                .isEqualTo(allowed);
    }

    @Test
    void noScopes_areNotScopesThatAreEmpty() {
        assertAllowed(point.proved(null).call(GET), "all");
        assertDenied(point.proved(Set.of()).call(GET), Cause.INSUFFICIENT_SCOPE);
    }

    @Test
    void operationWithoutAScope_isDeniedToEveryScopedToken() {
        Set<String> all =
                Set.of(
                        "repo:read",
                        "repo:write",
                        "repo:admin",
                        "repo:create",
                        "org:admin",
                        "user:read",
                        "user:admin",
                        "super:user",
                        "read",
                        "mutate",
                        "read-safe");
        for (Operation operation : repository.catalog().operations()) {
            if (operation.scope() == null) {
                Decision decision =
                        point.proved(all)
                                .ask(
                                        operation.name(),
                                        new EntityRef(
                                                operation.resourceTypes().getFirst(), "quay"));
                assertDenied(decision, Cause.INSUFFICIENT_SCOPE);
            }
        }
    }

    @Test
    void scopesInTheContextOfACaller_narrowAsWell() {
        EntityRef web = EntityRef.repository("acme/web");
        Map<String, Value> read = Map.of("scopes", new Value.Many(List.of(Value.of("repo:read"))));
        Map<String, Value> other = Map.of("scopes", new Value.Many(List.of(Value.of("user:read"))));
        assertAllowed(point.ask("getRepo", web, read, Map.of()), "all");
        assertDenied(point.ask("getRepo", web, other, Map.of()), Cause.INSUFFICIENT_SCOPE);
        assertDenied(
                point.proved(Set.of("user:read")).ask("getRepo", web, read, Map.of()),
                Cause.INSUFFICIENT_SCOPE);
    }

    @Test
    void policySeesTheScopesOfTheToken() {
        TestPoint narrow =
                TestPoint.of(
                        repository.withAccess(
                                EVERYTHING.replace(";\") permit", "\") permit"),
                                "@id(\"no\") forbid (principal, action == Quay::Action::\"getRepo\", resource) when { context has scopes && context.scopes.contains(\"repo:admin\") };"));
        assertAllowed(narrow.proved(Set.of("repo:read")).call(GET), "all");
        assertAllowed(narrow.proved(null).call(GET), "all");
        assertDenied(
                narrow.proved(Set.of("repo:read", "repo:admin")).call(GET), Cause.FORBIDDEN, "no");
    }
}
