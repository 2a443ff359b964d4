package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static io.quay.pdp.decision.TestPoint.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Absent is not false: what is not known decides nothing.
class UnknownsTest {
    private static final String GET = "GET /api/v1/repository/acme/web";
    private static final String UPDATE = "PUT /api/v1/repository/acme/web";
    private static final EntityRef WEB = EntityRef.repository("acme/web");

    @TempDir private Path directory;

    private TestRepository repository(String... policies) {
        return TestRepository.quay(directory)
                .with("accounts.yaml", "service_accounts: [{name: svc-a, owner: acme}]")
                .withAccess(policies);
    }

    private TestPoint point(String... policies) {
        return TestPoint.of(repository(policies));
    }

    private static String permit(String action, String condition) {
        return "@id(\"permit-%s\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"%s\", resource in Quay::Organization::\"acme\")%s;"
                .formatted(
                        condition.isEmpty() ? "all" : "some",
                        action,
                        condition.isEmpty() ? "" : " when { " + condition + " }");
    }

    private static String forbid(String action, String condition) {
        return "@id(\"forbid\") forbid (principal, action == Quay::Action::\"%s\", resource) when { %s };"
                .formatted(action, condition);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    resource has visibility && resource.visibility == "private"  | resource.visibility
                    resource has state && !(resource.state == "NORMAL")          | resource.state
                    context has source_ip && context.source_ip.isLoopback()      | context.source_ip
                    context has authentication && context.authentication.method == "federated" | context.authentication
                    principal has created && principal.created < datetime("2026-01-01") | principal.created
                    principal has owner && principal.owner has kind && principal.owner.kind == "x" | principal.owner.kind
                    Quay::Organization::"payroll" has kind                       | Quay::Organization::"payroll".kind
                    (if principal.enabled then resource else resource) has kind  | resource.kind
                    """)
    void forbidGuardedByHas_doesNotSwitchItselfOff(String condition, String unknown) {
        Decision decision =
                point(permit("getRepo", ""), forbid("getRepo", condition)).from(null).call(GET);
        assertDenied(decision, Cause.ATTRIBUTE_UNAVAILABLE, "forbid");
        assertThat(((Decision.Deny) decision).message()).contains("`" + unknown + "`");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    resource has visibility && resource.visibility == "private"
                    context has source_ip && context.source_ip.isLoopback()
                    context has authentication && context.authentication.method == "federated"
                    !(resource has visibility)
                    """)
    void permitThatRestsOnTheUnknown_allowsNothing(String condition) {
        TestPoint some = point(permit("getRepo", condition)).from(null);
        assertDenied(some.call(GET), Cause.ATTRIBUTE_UNAVAILABLE, "permit-some");
        TestPoint both = point(permit("getRepo", condition), permit("getRepo", "")).from(null);
        assertAllowed(both.call(GET), "permit-all");
    }

    @Test
    void whatBecomesKnownDecides() {
        String guard = "resource has visibility && resource.visibility == \"private\"";
        TestPoint point = point(permit("getRepo", ""), forbid("getRepo", guard));
        assertDenied(
                point.ask("getRepo", WEB, parameters(), Map.of("visibility", Value.of("private"))),
                Cause.FORBIDDEN,
                "forbid");
        assertAllowed(
                point.ask("getRepo", WEB, parameters(), Map.of("visibility", Value.of("public"))),
                "permit-all");
        TestRepository facts =
                repository(permit("getRepo", ""), forbid("getRepo", guard))
                        .with(
                                "entities.json",
                                "[{\"uid\": {\"type\": \"Quay::Repository\", \"id\": \"acme/web\"}, \"attrs\": {\"visibility\": \"public\"}}]");
        assertAllowed(TestPoint.of(facts).call(GET), "permit-all");
    }

    @Test
    void bodyThatTheFaceOmits_isNotABodyWithoutTheMember() {
        String guard =
                "context.parameters has description && context.parameters.description == \"x\"";
        TestPoint guarded = point(permit("updateRepo", ""), forbid("updateRepo", guard));
        assertDenied(guarded.callWithoutBody(UPDATE), Cause.BODY_REQUIRED, "forbid");
        assertAllowed(guarded.call(UPDATE, "{\"description\": \"y\"}"), "permit-all");
        assertDenied(guarded.call(UPDATE, "{\"description\": \"x\"}"), Cause.FORBIDDEN, "forbid");
        TestPoint resting = point(permit("updateRepo", "!(" + guard + ")"));
        assertDenied(resting.callWithoutBody(UPDATE), Cause.BODY_REQUIRED, "permit-some");
        assertAllowed(point(permit("updateRepo", "")).callWithoutBody(UPDATE), "permit-all");
    }

    @Test
    void parametersThatATripleLeavesOut_areUnknown() {
        String guard = "context.parameters has includeTags && context.parameters.includeTags";
        TestPoint point = point(permit("getRepo", ""), forbid("getRepo", guard));
        assertDenied(point.ask("getRepo", WEB), Cause.ATTRIBUTE_UNAVAILABLE, "forbid");
        assertAllowed(point.ask("getRepo", WEB, parameters(), Map.of()), "permit-all");
        assertAllowed(point(permit("getRepo", "")).ask("getRepo", WEB), "permit-all");
        String path = "context.parameters.tag == \"latest\"";
        assertDenied(
                point(permit("deleteFullTag", ""), forbid("deleteFullTag", path))
                        .ask("deleteFullTag", WEB),
                Cause.ATTRIBUTE_UNAVAILABLE,
                "forbid");
    }

    @Test
    void ownerThatIsAbsent_isKnownToBeNone() {
        TestRepository repository =
                repository(
                                permit("getRepo", ""),
                                forbid(
                                        "getRepo",
                                        "principal has owner && principal.owner == Quay::Organization::\"x\""))
                        .withAccounts("svc-a");
        assertAllowed(TestPoint.of(repository).call(GET), "permit-all");
    }

    @Test
    void attributeOfTheOwner_isTheSameThatTheResourceHas() {
        // the account's owner is the resource: what the caller says of it must reach both
        String guard = "resource has kind && resource.kind == \"x\"";
        EntityRef acme = EntityRef.organization("acme");
        TestPoint point = point(permit("getOrganization", ""), forbid("getOrganization", guard));
        assertDenied(
                point.ask("getOrganization", acme, parameters(), Map.of("kind", Value.of("x"))),
                Cause.FORBIDDEN,
                "forbid");
        assertDenied(point.ask("getOrganization", acme), Cause.ATTRIBUTE_UNAVAILABLE, "forbid");
    }

    @Test
    void factsOfEntitiesNamedInConditions_areThere() {
        TestRepository repository =
                repository(
                        permit("getRepo", ""),
                        forbid(
                                "getRepo",
                                "Quay::Registry::\"quay\".features.contains(\"FREEZE\") || Quay::Organization::\"ops\".hasTag(\"freeze\") || Quay::ServiceAccount::\"svc-b\" in Quay::Group::\"night\""));
        assertAllowed(TestPoint.of(repository).call(GET), "permit-all");
        repository.with(
                "entities.json",
                "[{\"uid\": {\"type\": \"Quay::Organization\", \"id\": \"ops\"}, \"tags\": {\"freeze\": \"yes\"}}]");
        assertDenied(TestPoint.of(repository).call(GET), Cause.FORBIDDEN, "forbid");
        repository
                .with("entities.json", "[]")
                .with(
                        "accounts.yaml",
                        "groups: [{name: night}]\nservice_accounts: [{name: svc-a}, {name: svc-b, groups: [night]}]");
        assertDenied(TestPoint.of(repository).call(GET), Cause.FORBIDDEN, "forbid");
    }
}
