package io.quay.pdp.standin;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// What the stand-in says of itself to anybody: its switches, and which operations it has. Guarded
/// by the stand-in's lock.
final class StandInSettings {
    /// What somebody before Quay does with a request.
    ///
    /// @param location empty = none
    record Rule(Predicate<String> target, int status, String location) {}

    private final StandInState state;

    /// As in `config.yaml`; only what is not said elsewhere.
    final Map<String, Object> values = new LinkedHashMap<>();

    /// Ids of login services, with their client ids.
    final Map<String, String> logins = new LinkedHashMap<>();

    /// Methods by path template.
    final Map<String, List<String>> operations = new LinkedHashMap<>();

    final List<Rule> rules = new ArrayList<>();

    StandInSettings(StandInState state, StandInAccess access, String audience) {
        this.state = state;
        logins.put(access.service(), audience);
        values.put("AUTHENTICATION_TYPE", "Database");
        values.put("TESTING", false);
        values.put("REGISTRY_STATE", "normal");
        values.put("SUPER_USERS", List.copyOf(state.superusers));
        values.put("PDP_LOGIN_CONFIG", Map.of("CLIENT_ID", audience));
        values.put("FEATURE_DIRECT_LOGIN", false);
        values.put("FEATURE_INVITE_ONLY_USER_CREATION", false);
        values.put("FEATURE_MAILING", false);
        values.put("FEATURE_SUPERUSERS_FULL_ACCESS", true);
        values.put("FEATURE_SUPERUSERS_ORG_CREATION_ONLY", false);
        values.put("FEATURE_SUPERUSER_CONFIGDUMP", false);
        values.put("FEATURE_USERNAME_CONFIRMATION", false);
        values.put("FEATURE_USER_RENAME", false);
    }

    /// The rule for a target; null = none.
    Rule rule(String target) {
        return rules.stream().filter(rule -> rule.target().test(target)).findFirst().orElse(null);
    }

    /// What anybody may ask; null = not one of those.
    StandInApi.Reply open(URI target) {
        String path = target.getPath();
        if (path.equals("/config")) {
            return StandInApi.Reply.ok(config());
        }
        if (path.equals("/api/v1/discovery")) {
            Map<String, Object> paths = new LinkedHashMap<>();
            operations.forEach((template, methods) -> {
                Map<String, Object> members = new LinkedHashMap<>();
                members.put("x-path", template);
                methods.forEach(each -> members.put(each.toLowerCase(Locale.ROOT), Map.of()));
                paths.put(template, members);
            });
            return StandInApi.Reply.ok(Map.of("paths", paths));
        }
        if (path.startsWith("/api/v1/users/")) {
            String name = path.substring("/api/v1/users/".length());
            if (state.find(name) == null) {
                throw new StandInRefusal(404, "Not Found");
            }
            return StandInApi.Reply.ok(Map.of("anonymous", false, "username", name));
        }
        return null;
    }

    private Map<String, Object> config() {
        Map<String, Object> features = new LinkedHashMap<>();
        features.put("USER_CREATION", state.userCreation);
        values.forEach((key, value) -> {
            if (key.startsWith("FEATURE_")) {
                features.put(key.substring("FEATURE_".length()), value);
            }
        });
        List<Object> services = new ArrayList<>();
        logins.forEach((id, client) ->
                services.add(Map.of("id", id, "config", Map.of("CLIENT_ID", client))));
        return Map.of(
                "config",
                Map.of("AUTHENTICATION_TYPE", values.get("AUTHENTICATION_TYPE")),
                "features",
                features,
                "external_login",
                services,
                "registry_state",
                values.get("REGISTRY_STATE"),
                "version_number",
                "Quay stand-in");
    }

    /// For superusers, with more than anybody should print.
    StandInApi.Reply dump() {
        if (!Boolean.TRUE.equals(values.get("FEATURE_SUPERUSER_CONFIGDUMP"))) {
            throw new StandInRefusal(403, "Unauthorized");
        }
        Map<String, Object> known = new LinkedHashMap<>(values);
        Object block = known.remove("PDP_LOGIN_CONFIG");
        return StandInApi.Reply.ok(
                Map.of(
                        "config", known,
                        "warning", Map.of("PDP_LOGIN_CONFIG", block),
                        "env", Map.of("DATABASE_PASSWORD", "hunter2-of-the-environment")));
    }
}
