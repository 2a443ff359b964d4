package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static io.quay.pdp.decision.TestPoint.parameters;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An operation is allowed only when every object that it acts on lets it.
class FurtherObjectsDecisionTest {
    private static final String EVERYWHERE =
            "@id(\"all\") @waive(\"classified-operations: test\") permit (principal == Quay::ServiceAccount::\"svc-a\", action, resource in Quay::Registry::\"quay\");";
    private static final String FORBID_PAYROLL =
            "@id(\"payroll\") forbid (principal, action, resource in Quay::Organization::\"payroll\");";

    @TempDir private Path directory;

    private TestPoint point(String... policies) {
        return TestPoint.of(
                TestRepository.quay(directory).withAccounts("svc-a").withAccess(policies));
    }

    @Test
    void forbidOnAnOrganization_stopsItsDeletionByTheRegistry() {
        TestPoint point = point(EVERYWHERE, FORBID_PAYROLL);
        assertAllowed(point.call("DELETE /api/v1/superuser/organizations/acme"), "all");
        assertDenied(
                point.call("DELETE /api/v1/superuser/organizations/payroll"),
                Cause.FORBIDDEN,
                "payroll");
        assertDenied(
                point.ask(
                        "deleteOrganization",
                        EntityRef.registry(),
                        parameters("name", "payroll"),
                        Map.of()),
                Cause.FORBIDDEN,
                "payroll");
    }

    @Test
    void organizationThatIsNotNamed_isRefusedWhileOneIsForbidden() {
        EntityRef registry = EntityRef.registry();
        assertDenied(
                point(EVERYWHERE, FORBID_PAYROLL).ask("deleteOrganization", registry),
                Cause.TARGET_UNBOUND);
        assertAllowed(point(EVERYWHERE).ask("deleteOrganization", registry), "all");
    }

    @Test
    void permitOnTheOrganization_isNoneOnTheRegistry() {
        assertDenied(
                point(
                                "permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"deleteOrganization\", resource in Quay::Organization::\"acme\");")
                        .call("DELETE /api/v1/superuser/organizations/acme"),
                Cause.NO_PERMIT);
    }

    @Test
    void star_needsThePermitOnTheRepository() {
        String user =
                "@id(\"user\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"createStar\", resource == Quay::User::\"svc-a\");";
        String repository =
                "@id(\"repository\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"createStar\", resource in Quay::Organization::\"acme\");";
        String line = "POST /api/v1/user/starred";
        String body = "{\"namespace\": \"acme\", \"repository\": \"web\"}";
        assertDenied(point(user).call(line, body), Cause.NO_PERMIT);
        assertDenied(point(repository).call(line, body), Cause.NO_PERMIT);
        TestPoint both = point(user, repository);
        assertAllowed(both.call(line, body), "user", "repository");
        assertDenied(both.call(line, body.replace("acme", "other")), Cause.NO_PERMIT);
        assertDenied(both.call(line), Cause.BODY_REQUIRED);
        assertDenied(both.callWithoutBody(line), Cause.BODY_REQUIRED);
    }

    @Test
    void starOfARepositoryThatIsNotNamed_needsEveryRepository() {
        EntityRef user = EntityRef.user("svc-a");
        assertAllowed(point(EVERYWHERE).ask("createStar", user), "all");
        assertDenied(
                point(EVERYWHERE, FORBID_PAYROLL).ask("createStar", user), Cause.TARGET_UNBOUND);
        assertDenied(
                point(EVERYWHERE, FORBID_PAYROLL)
                        .ask(
                                "createStar",
                                user,
                                parameters("namespace", "payroll", "repository", "web"),
                                Map.of()),
                Cause.FORBIDDEN,
                "payroll");
    }

    @Test
    void robotOfAForeignNamespace_needsThePermitThere() {
        String acme =
                "@id(\"acme\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"changeRepoMirrorConfig\", resource in Quay::Organization::\"acme\");";
        String line = "PUT /api/v1/repository/acme/web/mirror";
        String own = "{\"robot_username\": \"acme+ci\"}";
        String foreign = own.replace("acme", "payroll");
        assertAllowed(point(acme).call(line, own), "acme");
        assertDenied(point(acme).call(line, foreign), Cause.NO_PERMIT);
        assertDenied(point(acme, FORBID_PAYROLL).call(line, foreign), Cause.FORBIDDEN, "payroll");
        assertDenied(point(acme).callWithoutBody(line), Cause.BODY_REQUIRED);
        EntityRef web = EntityRef.repository("acme/web");
        assertDenied(point(acme).ask("changeRepoMirrorConfig", web), Cause.TARGET_UNBOUND);
        assertAllowed(
                point(acme).ask("changeRepoMirrorConfig", web, parameters(), Map.of()), "acme");
        assertDenied(
                point(acme)
                        .ask(
                                "changeRepoMirrorConfig",
                                web,
                                parameters("robot_username", "payroll+ci"),
                                Map.of()),
                Cause.NO_PERMIT);
    }

    @Test
    void s2APrototypeForARobotOfAForbiddenNamespace_isRefused() {
        String acme =
                "@id(\"acme\") @waive(\"classified-operations: test\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"createOrganizationPrototypePermission\", resource in Quay::Organization::\"acme\");";
        String line = "POST /api/v1/organization/acme/prototypes";
        String own =
                "{\"role\": \"read\", \"delegate\": {\"kind\": \"user\", \"name\": \"acme+bot\"}, \"activating_user\": {\"name\": \"acme+ci\"}}";
        TestPoint point = point(acme, FORBID_PAYROLL);
        assertAllowed(point.call(line, own), "acme");
        assertDenied(
                point.call(line, own.replace("acme+bot", "payroll+bot")),
                Cause.FORBIDDEN,
                "payroll");
        assertDenied(
                point.call(line, own.replace("acme+ci", "payroll+ci")), Cause.FORBIDDEN, "payroll");
        assertDenied(point.callWithoutBody(line), Cause.BODY_REQUIRED);
        String operation = "createOrganizationPrototypePermission";
        EntityRef organization = EntityRef.organization("acme");
        assertDenied(
                point.ask(operation, organization, parameters("role", "read"), Map.of()),
                Cause.TARGET_UNBOUND);
        assertAllowed(
                point(acme).ask(operation, organization, parameters("role", "read"), Map.of()),
                "acme");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@id(\"f\") forbid (principal, action, resource == Quay::Repository::\"x/y\");"
            })
    void idThatQuayLooksUpWithoutItsPath_needsTheRegistry(String forbid) {
        String acme =
                "@id(\"acme\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"activateBuildTrigger\", resource in Quay::Organization::\"acme\");";
        String registry =
                "@id(\"registry\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"activateBuildTrigger\", resource == Quay::Registry::\"quay\");";
        String line = "POST /api/v1/repository/acme/web/trigger/1234/activate";
        String body = "{\"config\": {}}";
        TestPoint narrow = point(acme, forbid);
        assertDenied(narrow.call(line, body), Cause.TARGET_UNBOUND);
        assertAllowed(narrow.trustingPaths().call(line, body), "acme");
        assertAllowed(point(acme, registry, forbid).call(line, body), "acme");
    }

    @Test
    void creationIsDecidedOnTheNamespaceInTheBody() {
        String acme =
                "@id(\"acme\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"createRepo\", resource in Quay::Organization::\"acme\");";
        TestPoint point = point(acme);
        String body =
                "{\"repository\": \"web\", \"namespace\": \"N\", \"visibility\": \"private\", \"description\": \"\"}";
        String line = "POST /api/v1/repository";
        assertAllowed(point.call(line, body.replace("N", "acme")), "acme");
        assertDenied(point.call(line, body.replace("N", "payroll")), Cause.NO_PERMIT);
        assertDenied(
                point.call(line, body.replace("\"namespace\": \"N\",", "")),
                Cause.NAMESPACE_REQUIRED);
        assertDenied(point.call(line), Cause.BODY_REQUIRED);
        assertDenied(point.callWithoutBody(line), Cause.BODY_REQUIRED);
    }
}
