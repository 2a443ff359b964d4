package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static io.quay.pdp.decision.TestPoint.parameters;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a caller says of an entity of ours fills gaps and changes nothing.
class SuppliedPropertiesTest {
    private static final EntityRef WEB = EntityRef.repository("acme/web");

    @TempDir private Path directory;

    private TestPoint point(String condition) {
        return TestPoint.of(
                TestRepository.quay(directory)
                        .withAccounts("svc-a")
                        .with(
                                "entities.json",
                                "[{\"uid\": {\"type\": \"Quay::Repository\", \"id\": \"acme/web\"}, \"attrs\": {\"visibility\": \"public\"}}]")
                        .withAccess(
                                "@id(\"p\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"getRepo\", resource in Quay::Organization::\"acme\") when { "
                                        + condition
                                        + " };"));
    }

    @Test
    void propertyCannotOverrideAFact() {
        TestPoint point = point("resource has visibility && resource.visibility == \"private\"");
        assertDenied(
                point.ask("getRepo", WEB, parameters(), Map.of("visibility", Value.of("private"))),
                Cause.NO_PERMIT);
        assertAllowed(
                point.ask(
                        "getRepo",
                        EntityRef.repository("acme/other"),
                        parameters(),
                        Map.of("visibility", Value.of("private"))),
                "p");
    }

    @Test
    void propertyThatNamesParentsOrTags_addsNone() {
        Map<String, Value> parents = new HashMap<>();
        Value acme =
                new Value.Many(
                        List.of(
                                new Value.Fields(
                                        Map.of(
                                                "type", Value.of("Quay::Organization"),
                                                "id", Value.of("acme")))));
        for (String name : List.of("parents", "parent", "in", "organization", "tags", "uid")) {
            parents.put(name, acme);
        }
        assertDenied(
                point("true")
                        .ask("getRepo", EntityRef.repository("evil/web"), parameters(), parents),
                Cause.NO_PERMIT);
        Map<String, Value> groups = Map.of("groups", acme, "parents", acme, "owner", acme);
        assertDenied(
                point("principal in Quay::Organization::\"acme\"")
                        .by(new Subject.Named(EntityRef.serviceAccount("svc-a"), groups, null))
                        .ask("getRepo", WEB),
                Cause.NO_PERMIT);
    }

    @Test
    void propertiesOfAnAccount_changeNothing() {
        Map<String, Value> lies =
                Map.of(
                        "name", Value.of("root"),
                        "enabled", Value.of(true),
                        "created", Value.of("2020-01-01T00:00:00Z"));
        assertDenied(
                point("principal.name == \"root\"")
                        .by(new Subject.Named(EntityRef.serviceAccount("svc-a"), lies, null))
                        .ask("getRepo", WEB),
                Cause.NO_PERMIT);
    }

    @Test
    void authenticationAndTimeInTheContext_areNotTheCallers() {
        Map<String, Value> lies = new HashMap<>(parameters());
        lies.put("time", Value.of("2020-01-01T00:00:00Z"));
        lies.put("authentication", new Value.Fields(Map.of("method", Value.of("private_key_jwt"))));
        assertDenied(
                point("context.time < datetime(\"2021-01-01\")")
                        .ask("getRepo", WEB, lies, Map.of()),
                Cause.NO_PERMIT);
        assertDenied(
                point(
                                "context has authentication && context.authentication.method == \"private_key_jwt\"")
                        .ask("getRepo", WEB, lies, Map.of()),
                Cause.ATTRIBUTE_UNAVAILABLE,
                "p");
    }

    @Test
    void addressInTheContext_givesWayToTheKnownOne() {
        Map<String, Value> lies = new HashMap<>(parameters());
        lies.put("source_ip", Value.of("127.0.0.1"));
        TestPoint point = point("context has source_ip && context.source_ip.isLoopback()");
        assertDenied(point.ask("getRepo", WEB, lies, Map.of()), Cause.NO_PERMIT);
        assertAllowed(point.from(null).ask("getRepo", WEB, lies, Map.of()), "p");
    }

    @Test
    void valueOfAnotherType_isABadRequest() {
        TestPoint point = point("true");
        assertThatThrownBy(() ->
                        point.ask("getRepo", WEB, Map.of(), Map.of("visibility", Value.of(7))))
                .isInstanceOf(Shape.MisfitException.class)
                .hasMessage("`resource.properties.visibility` must be a string");
        assertThatThrownBy(() ->
                        point.ask("getRepo", WEB, Map.of("source_ip", Value.of("x")), Map.of()))
                .isInstanceOf(Shape.MisfitException.class);
        assertThatThrownBy(() ->
                        point.ask("getRepo", WEB, Map.of("parameters", Value.of("x")), Map.of()))
                .isInstanceOf(Shape.MisfitException.class);
    }

    @Test
    void actionOfThePdp_isDecidedByNoAccessPolicy() {
        TestPoint open =
                TestPoint.of(
                        TestRepository.quay(directory)
                                .withAccounts("svc-a")
                                .withAccess(
                                        "@waive(\"classified-operations: test\") permit (principal == Quay::ServiceAccount::\"svc-a\", action, resource);"));
        for (String action :
                List.of("createServiceAccount", "createGrant", "readDecisions", "assume")) {
            assertDenied(open.ask(action, EntityRef.organization("acme")), Cause.UNKNOWN_OPERATION);
        }
        assertAllowed(open.ask("getRepo", WEB), "p1");
    }

    @Test
    void actionOrResourceThatDoesNotFit_isDenied() {
        TestPoint point = point("true");
        assertDenied(point.ask("getRepos", WEB), Cause.UNKNOWN_OPERATION);
        assertDenied(point.ask("read", WEB), Cause.UNKNOWN_OPERATION);
        assertDenied(point.ask("getRepo", EntityRef.organization("acme")), Cause.UNKNOWN_OPERATION);
        assertDenied(
                point.ask("getRepo", new EntityRef("Quay::Robot", "x")), Cause.UNKNOWN_OPERATION);
    }
}
