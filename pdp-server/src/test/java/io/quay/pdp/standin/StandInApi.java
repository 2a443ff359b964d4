package io.quay.pdp.standin;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The stand-in's operations. Guarded by the stand-in's lock.
final class StandInApi {
    private static final String NAME = "([^/]+)";

    /// @param body null = none
    record Reply(int status, Object body) {
        static Reply ok(Object body) {
            return new Reply(200, body);
        }

        static Reply gone() {
            return new Reply(204, null);
        }
    }

    /// @param parts the groups of the route's pattern
    record Call(StandInAccess.Caller caller, List<String> parts, String query, JsonNode body) {
        String part(int index) {
            return parts.get(index);
        }

        String name() {
            return caller.user().name;
        }
    }

    private interface Handler {
        Reply handle(Call call);
    }

    private record Route(String method, Pattern path, Handler handler) {}

    private final StandInState state;
    private final StandInAccess access;
    private final StandInSettings settings;
    private final List<Route> routes = new ArrayList<>();

    StandInApi(StandInState state, StandInAccess access, StandInSettings settings) {
        this.state = state;
        this.access = access;
        this.settings = settings;
        users();
        StandInOrganizations organizations = new StandInOrganizations(state, this);
        String organization = "/api/v1/organization/" + NAME;
        on("POST", "/api/v1/organization/", organizations::create);
        on("GET", organization, organizations::get);
        on("DELETE", organization, organizations::delete);
        on("GET", organization + "/logs", organizations::logs);
        on("GET", organization + "/robots", organizations::robots);
        on("PUT", organization + "/robots/" + NAME, organizations::createRobot);
        on("GET", organization + "/robots/" + NAME, organizations::robot);
        on("DELETE", organization + "/robots/" + NAME, organizations::deleteRobot);
        on("PUT", organization + "/team/" + NAME, organizations::putTeam);
        on("DELETE", organization + "/team/" + NAME, organizations::deleteTeam);
        on("GET", organization + "/team/" + NAME + "/members", organizations::members);
        on("PUT", organization + "/team/" + NAME + "/members/" + NAME, organizations::addMember);
        on(
                "DELETE",
                organization + "/team/" + NAME + "/members/" + NAME,
                organizations::dropMember);
        String tokens = organization + "/applications/" + NAME + "/tokens";
        on("POST", organization + "/applications", organizations::createApplication);
        on("GET", tokens, organizations::tokens);
        on("POST", tokens, organizations::createToken);
        on("DELETE", tokens + "/" + NAME, organizations::deleteToken);
        StandInRepositories repositories = new StandInRepositories(state, this);
        String permission = "/api/v1/repository/(.+)/permissions/team/" + NAME;
        on("POST", "/api/v1/repository", repositories::create);
        on("GET", permission, repositories::permission);
        on("PUT", permission, repositories::setPermission);
        on("DELETE", permission, repositories::dropPermission);
        on("GET", "/api/v1/repository", repositories::list);
        on("GET", "/api/v1/repository/(.+)/permissions/user/", repositories::users);
        on("GET", "/api/v1/repository/(.+)/tag/", repositories::tags);
        on("DELETE", "/api/v1/repository/(.+)/tag/" + NAME, repositories::deleteTag);
        on("GET", "/api/v1/repository/(.+)", repositories::get);
        on("PUT", "/api/v1/repository/(.+)", repositories::update);
        on("DELETE", "/api/v1/repository/(.+)", repositories::delete);
    }

    private void users() {
        on("GET", "/api/v1/user/", this::user);
        on("PUT", "/api/v1/user/", this::rename);
        on("GET", "/api/v1/user/robots", _ -> Reply.ok(Map.of("robots", List.of())));
        on("GET", "/api/v1/user/apptoken", _ -> Reply.ok(Map.of("tokens", List.of())));
        on(
                "GET",
                "/api/v1/user/authorizations",
                _ -> Reply.ok(Map.of("authorizations", List.of())));
        on("POST", "/api/v1/user/starred", call -> new Reply(201, call.body()));
        on("GET", "/api/v1/superuser/config", this::dump);
        on("GET", "/api/v1/superuser/users/", this::listUsers);
        on("GET", "/api/v1/superuser/organizations/", this::listOrganizations);
        on("GET", "/api/v1/superuser/users/" + NAME, this::showUser);
        on("PUT", "/api/v1/superuser/users/" + NAME, this::changeUser);
        on("POST", "/api/v1/bootstrap/renew", this::renew);
    }

    private void on(String method, String path, Handler handler) {
        routes.add(new Route(method, Pattern.compile(path), handler));
    }

    Reply answer(StandInAccess.Caller caller, String method, URI target, JsonNode body) {
        boolean known = false;
        for (Route route : routes) {
            // Decoded before it is routed, as Quay does.
            Matcher matcher = route.path().matcher(target.getPath());
            if (!matcher.matches()) {
                continue;
            }
            known = true;
            if (route.method().equals(method)) {
                List<String> parts = new ArrayList<>();
                for (int group = 1; group <= matcher.groupCount(); group++) {
                    parts.add(matcher.group(group));
                }
                String query = target.getQuery();
                return route.handler()
                        .handle(new Call(caller, parts, query == null ? "" : query, body));
            }
        }
        throw new StandInRefusal(known ? 405 : 404, known ? "Method Not Allowed" : "Not Found");
    }

    /// The forms that Quay's router answers with another address.
    static String redirect(String path) {
        if (path.indexOf("//", 1) > 0) {
            return path.substring(0, 1) + path.substring(1).replaceAll("/{2,}", "/");
        }
        return path.matches("/api/v1/(user|organization|superuser/users)") ? path + "/" : null;
    }

    boolean superuser(Call call) {
        return state.superusers.contains(call.name()) && call.caller().has("super:user");
    }

    void requireSuperuser(Call call) {
        if (!superuser(call)) {
            throw new StandInRefusal(403, "insufficient_scope");
        }
    }

    private String role(Call call, String organization) {
        StandInState.Organization found = state.organizations.get(organization);
        String best = "";
        if (found != null) {
            for (StandInState.Team team : found.teams.values()) {
                if (team.members.contains(call.name())
                        && List.of("", "member", "creator", "admin").indexOf(team.role)
                                > List.of("", "member", "creator", "admin").indexOf(best)) {
                    best = team.role;
                }
            }
        }
        return best;
    }

    boolean administers(Call call, String namespace) {
        return call.caller().has("org:admin")
                && (role(call, namespace).equals("admin")
                        || namespace.equals(call.name())
                        || state.superusers.contains(call.name()));
    }

    boolean member(Call call, String organization) {
        return !role(call, organization).isEmpty() || administers(call, organization);
    }

    boolean creates(Call call, String namespace) {
        return call.caller().has("repo:create")
                && (List.of("creator", "admin").contains(role(call, namespace))
                        || namespace.equals(call.name())
                        || state.superusers.contains(call.name()));
    }

    void requireAdmin(Call call, String namespace) {
        if (!administers(call, namespace)) {
            throw new StandInRefusal(403, "insufficient_scope");
        }
    }

    private Reply user(Call call) {
        StandInState.User user = call.caller().user();
        List<Object> logins = new ArrayList<>();
        state.shown
                .getOrDefault(user.name, user.logins)
                .forEach((service, subject) ->
                        logins.add(
                                Map.of(
                                        "service", service,
                                        "service_identifier", subject,
                                        "metadata", Map.of())));
        List<Object> organizations = new ArrayList<>();
        state.organizations.forEach((name, organization) -> {
            if (organization.teams.values().stream()
                    .anyMatch(team -> team.members.contains(user.name))) {
                organizations.add(
                        Map.of("name", name, "is_org_admin", role(call, name).equals("admin")));
            }
        });
        Map<String, Object> view = new java.util.LinkedHashMap<>();
        view.put("anonymous", false);
        view.put("username", user.name);
        view.put("verified", true);
        view.put("logins", logins);
        view.put("prompts", List.of("confirm_username"));
        view.put("organizations", organizations);
        if (superuser(call)) {
            view.put("super_user", true);
        }
        return Reply.ok(view);
    }

    private Reply rename(Call call) {
        String name = call.body().path("username").asText("");
        if (!name.isEmpty()) {
            if (state.find(name) != null || state.organizations.containsKey(name)) {
                throw new StandInRefusal(400, "Username is already in use");
            }
            call.caller().user().name = name;
        }
        return user(call);
    }

    private Reply dump(Call call) {
        requireSuperuser(call);
        return settings.dump();
    }

    private Reply listUsers(Call call) {
        requireSuperuser(call);
        return Reply.ok(
                Map.of(
                        "users",
                        state.users.stream()
                                .map(user -> Map.of("username", user.name, "enabled", user.enabled))
                                .toList()));
    }

    private Reply listOrganizations(Call call) {
        requireSuperuser(call);
        return Reply.ok(
                Map.of(
                        "organizations",
                        state.organizations.keySet().stream()
                                .map(name -> Map.of("name", name))
                                .toList()));
    }

    private StandInState.User named(Call call) {
        requireSuperuser(call);
        StandInState.User user = state.find(call.part(0));
        if (user == null) {
            throw new StandInRefusal(404, "Not Found");
        }
        return user;
    }

    private Reply showUser(Call call) {
        StandInState.User user = named(call);
        return Reply.ok(Map.of("username", user.name, "enabled", user.enabled));
    }

    private Reply changeUser(Call call) {
        StandInState.User user = named(call);
        if (state.superusers.contains(user.name)) {
            throw new StandInRefusal(400, "Cannot update a superuser");
        }
        if (call.body().has("enabled")) {
            user.enabled = call.body().path("enabled").asBoolean();
            state.record(user.enabled ? "user_enable" : "user_disable", call.name(), user.name, "");
        }
        return Reply.ok(Map.of("username", user.name, "enabled", user.enabled));
    }

    /// Quay writes the new token to a file, which the stand-in has not: see
    /// [StandIn#administrator].
    private Reply renew(Call call) {
        StandInState.OauthToken token = call.caller().token();
        if (token == null || !token.application().equals("bootstrap")) {
            throw new StandInRefusal(401, "Requires valid bootstrap bearer token");
        }
        state.tokens.values().remove(token);
        state.issue(token.user(), "renewed", token.scope(), 3_600, "bootstrap");
        return Reply.ok(Map.of("status", "rotated"));
    }

    String service() {
        return access.service();
    }
}
