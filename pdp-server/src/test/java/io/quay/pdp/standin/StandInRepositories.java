package io.quay.pdp.standin;

import io.quay.pdp.standin.StandInApi.Call;
import io.quay.pdp.standin.StandInApi.Reply;
import io.quay.pdp.standin.StandInState.Repository;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The stand-in's repositories.
final class StandInRepositories {
    private final StandInState state;
    private final StandInApi api;

    StandInRepositories(StandInState state, StandInApi api) {
        this.state = state;
        this.api = api;
    }

    Reply create(Call call) {
        for (String member : List.of("repository", "visibility", "description")) {
            if (!call.body().has(member)) {
                throw new StandInRefusal(400, "'" + member + "' is a required property");
            }
        }
        String namespace = call.body().path("namespace").asText(call.name());
        String name = namespace + "/" + call.body().path("repository").asText("");
        if (!api.creates(call, namespace)) {
            throw new StandInRefusal(403, "insufficient_scope");
        }
        if (state.repositories.containsKey(name)) {
            throw new StandInRefusal(400, "Repository already exists");
        }
        Repository made = new Repository(call.body().path("visibility").asText("private"));
        made.description = call.body().path("description").asText("");
        made.roles.put("user/" + call.name(), "admin");
        state.repositories.put(name, made);
        state.record("create_repo", call.name(), namespace, name);
        return new Reply(
                201,
                Map.of(
                        "namespace",
                        namespace,
                        "name",
                        call.body().path("repository").asText(""),
                        "kind",
                        "image"));
    }

    private boolean allowed(Call call, String name, Repository repository) {
        return api.administers(call, namespace(name))
                || (call.caller().has("repo:admin")
                        && "admin".equals(repository.roles.get("user/" + call.name())));
    }

    private static String namespace(String name) {
        return name.substring(0, Math.max(0, name.indexOf('/')));
    }

    private Repository administered(Call call) {
        Repository found = state.repositories.get(call.part(0));
        if (found == null) {
            throw new StandInRefusal(404, "Not Found");
        }
        if (!allowed(call, call.part(0), found)) {
            throw new StandInRefusal(403, "insufficient_scope");
        }
        return found;
    }

    Reply get(Call call) {
        Repository found = state.repositories.get(call.part(0));
        if (found != null && found.visibility.equals("public")) {
            return view(call, found);
        }
        return view(call, administered(call));
    }

    private static Reply view(Call call, Repository repository) {
        String name = call.part(0);
        return Reply.ok(
                Map.of(
                        "namespace",
                        namespace(name),
                        "name",
                        name.substring(name.indexOf('/') + 1),
                        "description",
                        repository.description,
                        "is_public",
                        repository.visibility.equals("public"),
                        "state",
                        "NORMAL",
                        "kind",
                        "image"));
    }

    Reply update(Call call) {
        administered(call).description = call.body().path("description").asText("");
        return Reply.ok(Map.of("success", true));
    }

    Reply delete(Call call) {
        administered(call);
        state.repositories.remove(call.part(0));
        state.record("delete_repo", call.name(), namespace(call.part(0)), call.part(0));
        return Reply.gone();
    }

    /// Those of one namespace that the caller may see.
    Reply list(Call call) {
        String namespace = call.query().replaceFirst("^(?:.*&)?namespace=([^&]*).*$", "$1");
        return Reply.ok(
                Map.of(
                        "repositories",
                        state.repositories.entrySet().stream()
                                .filter(entry -> namespace(entry.getKey()).equals(namespace))
                                .filter(entry -> allowed(call, entry.getKey(), entry.getValue()))
                                .map(entry ->
                                        Map.of(
                                                "namespace",
                                                namespace,
                                                "name",
                                                entry.getKey().substring(namespace.length() + 1)))
                                .toList()));
    }

    Reply users(Call call) {
        Map<String, Object> users = new LinkedHashMap<>();
        administered(call)
                .roles
                .forEach((holder, role) -> {
                    if (holder.startsWith("user/")) {
                        String name = holder.substring("user/".length());
                        users.put(name, Map.of("name", name, "role", role));
                    }
                });
        return Reply.ok(Map.of("permissions", users));
    }

    Reply tags(Call call) {
        return Reply.ok(
                Map.of(
                        "tags",
                        administered(call).tags.stream()
                                .map(name -> Map.of("name", name))
                                .toList()));
    }

    Reply deleteTag(Call call) {
        if (!administered(call).tags.remove(call.part(1))) {
            throw new StandInRefusal(404, "Not Found");
        }
        state.record("delete_tag", call.name(), namespace(call.part(0)), call.part(0));
        return Reply.gone();
    }

    Reply permission(Call call) {
        String role = administered(call).roles.get("team/" + call.part(1));
        if (role == null) {
            throw new StandInRefusal(404, "Not Found");
        }
        return Reply.ok(Map.of("role", role, "name", call.part(1)));
    }

    Reply setPermission(Call call) {
        String role = call.body().path("role").asText("read");
        administered(call).roles.put("team/" + call.part(1), role);
        return Reply.ok(Map.of("role", role, "name", call.part(1)));
    }

    Reply dropPermission(Call call) {
        administered(call).roles.remove("team/" + call.part(1));
        return Reply.gone();
    }
}
