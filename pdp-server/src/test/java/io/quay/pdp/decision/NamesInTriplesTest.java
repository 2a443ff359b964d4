package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A question by action and resource can name only what a request could.
class NamesInTriplesTest {
    private static final String EVERYTHING =
            "@id(\"all\") @waive(\"classified-operations: test; unconstrained-permit: test\") permit (principal, action, resource);";
    private static final String FORBID =
            "@id(\"not-app\") forbid (principal, action, resource in Quay::Repository::\"acme/app\");";

    @TempDir private Path directory;
    private TestPoint point;

    @BeforeEach
    void load() {
        point =
                TestPoint.of(
                        TestRepository.quay(directory)
                                .withAccounts("svc-a")
                                .withAccess(EVERYTHING + "\n" + FORBID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ACME/app",
                "acme//app",
                "acme/app/",
                "/acme/app",
                "ácme/app",
                "acme/аpp",
                "acme/app ",
                "acme/./app",
                "acme%2Fapp",
                "acme"
            })
    void spellingThatQuayWouldFold_isRefused(String name) {
        assertDenied(point.ask("getRepo", EntityRef.repository(name)), Cause.NON_CANONICAL_PATH);
    }

    @Test
    void forbiddenRepository_isForbiddenByItsName() {
        assertDenied(
                point.ask("getRepo", EntityRef.repository("acme/app")), Cause.FORBIDDEN, "not-app");
        assertAllowed(point.ask("getRepo", EntityRef.repository("acme/web")), "all");
    }

    @Test
    void anotherRegistry_isRefused() {
        assertDenied(
                point.ask("listAllUsers", new EntityRef("Quay::Registry", "other")),
                Cause.NON_CANONICAL_PATH);
    }

    @Test
    void currentUserOfSomebodyElse_isRefused() {
        assertDenied(point.ask("getLoggedInUser", EntityRef.user("svc-b")), Cause.TARGET_UNBOUND);
        assertAllowed(point.ask("getLoggedInUser", EntityRef.user("svc-a")), "all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PAYROLL", "payroll/", "payroll/x", "рayroll", "payroll "})
    void furtherObjectSpelledOtherwise_isRefused(String name) {
        assertDenied(
                point.ask(
                        "deleteOrganization",
                        EntityRef.registry(),
                        TestPoint.parameters("name", name),
                        Map.of()),
                Cause.NON_CANONICAL_PATH);
    }

    @Test
    void parametersThatNameAnotherObject_areRefused() {
        assertDenied(
                point.ask(
                        "createRepo",
                        EntityRef.organization("acme"),
                        TestPoint.parameters("namespace", "payroll", "repository", "x"),
                        Map.of()),
                Cause.TARGET_UNBOUND);
        assertDenied(
                point.ask(
                        "deleteFullTag",
                        EntityRef.repository("acme/web"),
                        TestPoint.parameters("repository", "acme/app", "tag", "v1"),
                        Map.of()),
                Cause.TARGET_UNBOUND);
    }

    @Test
    void pathParameterThatIsLeftOut_isUnknown() {
        TestPoint guarded =
                TestPoint.of(
                        TestRepository.quay(directory)
                                .withAccounts("svc-a")
                                .withAccess(
                                        EVERYTHING
                                                + "\n@id(\"not-v1\") forbid (principal, action == Quay::Action::\"deleteFullTag\", resource) when { context.parameters.tag == \"v1\" };"));
        EntityRef web = EntityRef.repository("acme/web");
        assertDenied(
                guarded.ask("deleteFullTag", web, TestPoint.parameters(), Map.of()),
                Cause.ATTRIBUTE_UNAVAILABLE,
                "not-v1");
        assertAllowed(
                guarded.ask("deleteFullTag", web, TestPoint.parameters("tag", "v2"), Map.of()),
                "all");
    }

    @Test
    void sourceThatIsARange_isRefused() {
        Map<String, Value> context =
                Map.of(
                        "source_ip",
                        Value.of("0.0.0.0/0"),
                        "parameters",
                        new Value.Fields(Map.of()));
        assertThatThrownBy(() ->
                        point.ask("getRepo", EntityRef.repository("acme/web"), context, Map.of()))
                .isInstanceOf(Shape.MisfitException.class)
                .hasMessageContaining("context.source_ip");
    }
}
