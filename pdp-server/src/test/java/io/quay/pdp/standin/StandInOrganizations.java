package io.quay.pdp.standin;

import io.quay.pdp.standin.StandInApi.Call;
import io.quay.pdp.standin.StandInApi.Reply;
import io.quay.pdp.standin.StandInState.OauthToken;
import io.quay.pdp.standin.StandInState.Organization;
import io.quay.pdp.standin.StandInState.Team;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The stand-in's organizations: teams, robots, applications and their tokens, the action log.
final class StandInOrganizations {
    private final StandInState state;
    private final StandInApi api;

    StandInOrganizations(StandInState state, StandInApi api) {
        this.state = state;
        this.api = api;
    }

    Reply create(Call call) {
        String name = call.body().path("name").asText("");
        if (!call.caller().has("user:admin")) {
            throw new StandInRefusal(403, "insufficient_scope");
        }
        if (name.isEmpty() || state.organizations.containsKey(name) || state.find(name) != null) {
            throw new StandInRefusal(400, "A user or organization with this name already exists");
        }
        if (state.gone.contains(name)) {
            throw new StandInRefusal(400, "Username is not available");
        }
        Organization made = new Organization();
        Team owners = new Team("admin", "");
        owners.members.add(call.name());
        made.teams.put("owners", owners);
        state.organizations.put(name, made);
        state.record("org_create", call.name(), name, name);
        return new Reply(201, "Created");
    }

    Reply get(Call call) {
        String name = call.part(0);
        Organization found = state.organization(name);
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", name);
        view.put("is_admin", api.administers(call, name));
        view.put("is_member", api.member(call, name));
        if (api.member(call, name)) {
            Map<String, Object> teams = new LinkedHashMap<>();
            found.teams.forEach((team, content) -> teams.put(team, view(team, content, false)));
            view.put("teams", teams);
        }
        return Reply.ok(view);
    }

    private static Map<String, Object> view(String name, Team team, boolean fresh) {
        return Map.of(
                "name",
                name,
                "description",
                team.description,
                "role",
                team.role,
                "new_team",
                fresh);
    }

    Reply delete(Call call) {
        state.organization(call.part(0));
        api.requireAdmin(call, call.part(0));
        state.organizations.remove(call.part(0));
        state.gone.add(call.part(0));
        state.repositories.keySet().removeIf(name -> name.startsWith(call.part(0) + "/"));
        return Reply.gone();
    }

    Reply logs(Call call) {
        api.requireAdmin(call, call.part(0));
        return Reply.ok(
                Map.of(
                        "logs",
                        state.log.stream()
                                .filter(entry -> entry.organization().equals(call.part(0)))
                                .map(entry ->
                                        Map.of(
                                                "kind", entry.kind(),
                                                "performer",
                                                        Map.of(
                                                                "name",
                                                                entry.performer(),
                                                                "kind",
                                                                "user")))
                                .toList()));
    }

    /// With their tokens, unless it is said otherwise.
    Reply robots(Call call) {
        api.requireAdmin(call, call.part(0));
        boolean bare = call.query().contains("token=false");
        List<Object> robots = new ArrayList<>();
        state.organization(call.part(0))
                .robots
                .forEach((name, token) ->
                        robots.add(
                                bare
                                        ? Map.of("name", name)
                                        : Map.of("name", name, "token", token)));
        return Reply.ok(Map.of("robots", robots));
    }

    Reply createRobot(Call call) {
        api.requireAdmin(call, call.part(0));
        String name = call.part(0) + "+" + call.part(1);
        String token = UUID.randomUUID().toString();
        state.organization(call.part(0)).robots.put(name, token);
        state.record("create_robot", call.name(), call.part(0), name);
        return new Reply(201, Map.of("name", name, "token", token));
    }

    Reply robot(Call call) {
        api.requireAdmin(call, call.part(0));
        String name = call.part(0) + "+" + call.part(1);
        String token = state.organization(call.part(0)).robots.get(name);
        if (token == null) {
            throw new StandInRefusal(400, "Could not find robot");
        }
        return Reply.ok(Map.of("name", name, "token", token));
    }

    Reply deleteRobot(Call call) {
        api.requireAdmin(call, call.part(0));
        state.organization(call.part(0)).robots.remove(call.part(0) + "+" + call.part(1));
        return Reply.gone();
    }

    /// Makes or changes it: what is there already gets the role that is asked for.
    Reply putTeam(Call call) {
        api.requireAdmin(call, call.part(0));
        Organization organization = state.organization(call.part(0));
        String role = call.body().path("role").asText("member");
        String description = call.body().path("description").asText("");
        Team meanwhile = state.meanwhile.remove(call.part(0) + "/" + call.part(1));
        if (meanwhile != null) {
            organization.teams.put(call.part(1), meanwhile);
        }
        Team team = organization.teams.get(call.part(1));
        boolean fresh = team == null;
        if (fresh) {
            team = new Team(role, description);
            organization.teams.put(call.part(1), team);
            state.record("org_create_team", call.name(), call.part(0), call.part(1));
        } else {
            team.role = role;
            if (call.body().has("description")) {
                team.description = description;
            }
        }
        return Reply.ok(view(call.part(1), team, fresh));
    }

    Reply deleteTeam(Call call) {
        api.requireAdmin(call, call.part(0));
        state.organization(call.part(0)).teams.remove(call.part(1));
        state.record("org_delete_team", call.name(), call.part(0), call.part(1));
        return Reply.gone();
    }

    private Team team(Call call) {
        api.requireAdmin(call, call.part(0));
        Team team = state.organization(call.part(0)).teams.get(call.part(1));
        if (team == null) {
            throw new StandInRefusal(404, "Not Found");
        }
        return team;
    }

    Reply members(Call call) {
        return Reply.ok(
                Map.of(
                        "members",
                        team(call).members.stream()
                                .map(name -> Map.of("name", name, "kind", "user", "invited", false))
                                .toList()));
    }

    Reply addMember(Call call) {
        Team team = team(call);
        boolean robot = state.organization(call.part(0)).robots.containsKey(call.part(2));
        if (state.find(call.part(2)) == null && !robot) {
            throw new StandInRefusal(400, "Unknown user");
        }
        team.members.add(call.part(2));
        state.record("org_add_team_member", call.name(), call.part(0), call.part(2));
        return Reply.ok(Map.of("name", call.part(2), "kind", "user", "invited", false));
    }

    Reply dropMember(Call call) {
        team(call).members.remove(call.part(2));
        state.record("org_remove_team_member", call.name(), call.part(0), call.part(2));
        return Reply.gone();
    }

    Reply createApplication(Call call) {
        api.requireAdmin(call, call.part(0));
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 20);
        state.organization(call.part(0)).applications.add(id);
        return new Reply(201, Map.of("client_id", id, "name", call.body().path("name").asText("")));
    }

    private String application(Call call) {
        api.requireAdmin(call, call.part(0));
        if (!state.organization(call.part(0)).applications.contains(call.part(1))) {
            throw new StandInRefusal(404, "Not Found");
        }
        return call.part(1);
    }

    Reply tokens(Call call) {
        String application = application(call);
        return Reply.ok(
                Map.of(
                        "tokens",
                        state.tokens.values().stream()
                                .filter(token -> token.application().equals(application))
                                .map(token ->
                                        Map.of(
                                                "uuid", token.uuid(),
                                                "name", token.name(),
                                                "scope", token.scope(),
                                                "expires_at", token.until().toString()))
                                .toList()));
    }

    Reply createToken(Call call) {
        String application = application(call);
        String scope = call.body().path("scope").asText("");
        for (String each : scope.split("[ ,]+", -1)) {
            if (!call.caller().has(each)) {
                throw new StandInRefusal(403, "insufficient_scope");
            }
        }
        String token =
                state.issue(
                        call.name(),
                        call.body().path("name").asText(),
                        scope,
                        call.body().path("expiration").asLong(3_600),
                        application);
        state.record("create_oauth_api_token", call.name(), call.part(0), application);
        OauthToken made = state.tokens.get(token);
        return Reply.ok(
                Map.of(
                        "uuid", made.uuid(),
                        "name", made.name(),
                        "token", token,
                        "created_by", call.name()));
    }

    Reply deleteToken(Call call) {
        String application = application(call);
        state.tokens
                .values()
                .removeIf(token ->
                        token.application().equals(application)
                                && token.uuid().equals(call.part(2)));
        state.record("revoke_oauth_api_token", call.name(), call.part(0), application);
        return Reply.gone();
    }
}
