package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
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
}
