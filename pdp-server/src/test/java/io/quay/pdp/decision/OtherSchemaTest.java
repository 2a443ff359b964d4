package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A schema that is not Quay's: types, actions and attributes come from it, and what the request
/// says of an entity wins.
class OtherSchemaTest {
    private static final String SCHEMA =
            """
            entity Team in [Team] = { frozen?: Bool };
            entity User in [Team] = { roles?: Set<String>, team?: Team };
            entity Todo in [Team] = { owner?: User, ownerName?: String };
            action "read", "delete" appliesTo {
              principal: [User], resource: [Todo, User],
              context: { reason?: String, scopes?: Set<String>, by?: User, action?: { force?: Bool } }
            };
            """;
    private static final String POLICIES =
            """
            @id("viewers") permit (principal in Team::"all", action == Action::"read", resource is Todo);
            @id("admins") permit (principal, action, resource is Todo)
              when { principal has roles && principal.roles.contains("admin") };
            @id("owners") permit (principal, action == Action::"delete", resource is Todo)
              when { resource has owner && resource.owner == principal };
            @id("forced") permit (principal is User, action == Action::"delete", resource == Todo::"1")
              when { context has action && context.action has force && context.action.force };
            @id("frozen") forbid (principal, action == Action::"delete", resource)
              when { resource is Todo && resource has owner && resource.owner has team
                     && resource.owner.team has frozen && resource.owner.team.frozen };
            """;
    private static final String ENTITIES =
            """
            [{"uid": {"type": "Team", "id": "eu"}, "attrs": {"frozen": true}, "parents": [{"type": "Team", "id": "all"}]},
             {"uid": {"type": "User", "id": "rick"}, "attrs": {"roles": ["admin"]}},
             {"uid": {"type": "User", "id": "beth"}, "attrs": {"team": {"type": "Team", "id": "eu"}},
              "parents": [{"type": "Team", "id": "eu"}]},
             {"uid": {"type": "Todo", "id": "beths"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "beth"}}}}]
            """;
    private static final EntityRef ONE = new EntityRef("Todo", "1");

    @TempDir private Path directory;
    private TestPoint point;

    @BeforeEach
    void load() {
        point =
                TestPoint.of(
                        TestRepository.other(directory, SCHEMA)
                                .with("access/todo.cedar", POLICIES)
                                .with("entities.json", ENTITIES));
    }

    private TestPoint user(String id, Map<String, Value> properties) {
        return point.by(new Subject.Named(new EntityRef("User", id), properties, null));
    }

    private TestPoint user(String id) {
        return user(id, Map.of());
    }

    @Test
    void factsOnFileDecide() {
        assertAllowed(user("rick").ask("delete", ONE), "admins");
        assertAllowed(user("beth").ask("read", ONE), "viewers");
        assertDenied(user("beth").ask("delete", ONE), Cause.NO_PERMIT);
        assertDenied(user("nobody").ask("read", ONE), Cause.NO_PERMIT);
    }

    @Test
    void propertiesOfTheRequestWin() {
        Map<String, Value> admin = Map.of("roles", new Value.Many(List.of(Value.of("admin"))));
        Map<String, Value> viewer = Map.of("roles", new Value.Many(List.of(Value.of("viewer"))));
        assertAllowed(user("nobody", admin).ask("delete", ONE), "admins");
        assertDenied(user("rick", viewer).ask("delete", ONE), Cause.NO_PERMIT);
        Value owner = new Value.Fields(Map.of("type", Value.of("User"), "id", Value.of("jerry")));
        assertAllowed(user("jerry").ask("delete", ONE, Map.of(), Map.of("owner", owner)), "owners");
    }

    @Test
    void undeclaredPropertiesAreIgnored() {
        assertDenied(
                user("nobody", Map.of("parents", Value.of("all"), "role", Value.of("admin")))
                        .ask("read", ONE, Map.of("x", Value.of(1)), Map.of("y", Value.of(1))),
                Cause.NO_PERMIT);
    }

    @Test
    void actionPropertiesBecomePartOfTheContext() {
        AccessRequest.Asked.Triple forced =
                new AccessRequest.Asked.Triple(
                        "delete", ONE, Map.of(), Map.of("force", Value.of(true)), Map.of());
        assertAllowed(user("nobody").decide(forced).decision(), "forced");
    }

    @Test
    void factsOfEntitiesThatAttributesName_areThere() {
        EntityRef beths = new EntityRef("Todo", "beths");
        assertDenied(user("beth").ask("delete", beths), Cause.FORBIDDEN, "frozen");
        Value owner = new Value.Fields(Map.of("type", Value.of("User"), "id", Value.of("beth")));
        assertDenied(
                user("rick").ask("delete", ONE, Map.of(), Map.of("owner", owner)),
                Cause.FORBIDDEN,
                "frozen");
    }

    @Test
    void principalThatIsTheResource_hasThePropertiesOfBoth() {
        Map<String, Value> admin = Map.of("roles", new Value.Many(List.of(Value.of("admin"))));
        EntityRef rick = new EntityRef("User", "rick");
        Outcome outcome =
                user("rick", admin)
                        .decide(
                                new AccessRequest.Asked.Triple(
                                        "read", rick, Map.of(), Map.of(), Map.of()));
        assertThat(outcome.questions().getFirst().entities())
                .filteredOn(entity -> entity.ref().equals(rick))
                .singleElement()
                .satisfies(entity -> assertThat(entity.attributes()).containsKey("roles"));
    }

    @Test
    void scopesOfAnotherSchema_areJustContext() {
        Map<String, Value> scopes = Map.of("scopes", new Value.Many(List.of(Value.of("x"))));
        assertAllowed(user("rick").ask("read", ONE, scopes, Map.of()), "admins");
    }

    @Test
    void typesThatTheSchemaLacks_areDenied() {
        assertDenied(
                point.by(Subject.Named.of(new EntityRef("Robot", "x"))).ask("read", ONE),
                Cause.ACCOUNT_UNKNOWN);
        assertDenied(user("rick").ask("read", new EntityRef("File", "x")), Cause.UNKNOWN_OPERATION);
        assertDenied(user("rick").call("GET /api/v1/repository/acme/web"), Cause.UNKNOWN_OPERATION);
    }
}
