package io.quay.pdp.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The description of the administration API (OpenAPI 3.1), made from its table of routes.
final class ApiDocument {
    private static final String SCHEMAS = "api-schemas.json";
    private static final String REF = "$ref";
    private static final String TEXT = "string";

    private ApiDocument() {}

    /// @param version of the server
    static ObjectNode of(List<Route> routes, String version) {
        ObjectNode root = BodyFields.empty().put("openapi", "3.1.0");
        root.putObject("info")
                .put("title", "Administration of the decision point")
                .put("version", version)
                .put(
                        "description",
                        "Service accounts, their credentials and grants, revocations, and what"
                                + " was recorded. What a caller may not read does not exist for"
                                + " it.");
        root.putArray("security").addObject().putArray("oauth");
        ObjectNode paths = root.putObject("paths");
        for (Route route : routes) {
            ObjectNode path = paths.withObjectProperty(route.path());
            path.set(route.method().name().toLowerCase(Locale.ROOT), operation(route));
        }
        ObjectNode components = root.putObject("components");
        components.set("schemas", schemas());
        responses(components.putObject("responses"));
        ObjectNode flow =
                components
                        .putObject("securitySchemes")
                        .putObject("oauth")
                        .put("type", "oauth2")
                        .put(
                                "description",
                                "A bearer token of ours, without `scope`: this API is in none")
                        .putObject("flows")
                        .putObject("clientCredentials");
        flow.put("tokenUrl", "/oauth2/token").putObject("scopes");
        return root;
    }

    private static ObjectNode schemas() {
        try (InputStream in = ApiDocument.class.getResourceAsStream(SCHEMAS)) {
            return (ObjectNode) new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode operation(Route route) {
        ObjectNode json =
                BodyFields.empty()
                        .put("operationId", route.id())
                        .put("summary", route.summary())
                        .put(
                                "description",
                                "Asks the admin policies for `Pdp::Action::\""
                                        + route.action()
                                        + "\"`.");
        json.putArray("tags").add(tag(route));
        parameters(route, json.putArray("parameters"));
        if (route.body() != null) {
            content(
                    json.putObject("requestBody").put("required", !route.has(Trait.BODY_OPTIONAL)),
                    route.bodyType(),
                    schema(route.body()));
        }
        answers(route, json.putObject("responses"));
        return json;
    }

    /// The last fixed part of the path that names a thing.
    static String tag(Route route) {
        List<String> parts =
                List.of(route.path().replaceFirst("^/v1/", "").split("/", -1)).stream()
                        .filter(part -> !part.startsWith("{") && !part.equals("rotate"))
                        .toList();
        return parts.getLast();
    }

    private static void parameters(Route route, ArrayNode into) {
        for (String name : route.pathParameters()) {
            ObjectNode type =
                    name.equals("name") ? schema("AccountName") : text("The id of the thing");
            parameter(into, name, "path", type, null).put("required", true);
        }
        for (Route.Parameter query : route.query()) {
            parameter(into, query.name(), "query", schema(query.schema()), query.description());
        }
        if (route.has(Trait.LIST)) {
            parameter(into, "page_size", "query", schema("PageSize"), "Items on a page");
            parameter(into, "page_token", "query", schema("PageToken"), "Where to go on");
        }
        if (route.has(Trait.CHANGES)) {
            parameter(
                    into,
                    "dry_run",
                    "query",
                    schema("Flag"),
                    "Checks everything, changes nothing, answers what would be");
        }
        for (Header header : headers(route)) {
            parameter(into, header.name(), "header", text(null), header.text());
        }
    }

    private record Header(String name, String text) {}

    private static List<Header> headers(Route route) {
        Set<Header> headers = new LinkedHashSet<>();
        if (route.has(Trait.CREATES)) {
            headers.add(
                    new Header(
                            "Idempotency-Key",
                            "1 to 255 visible ASCII characters: repeated with the same body within"
                                    + " a day, it answers what was made, without a secret"));
        }
        if (route.has(Trait.IF_MATCH)) {
            headers.add(new Header("If-Match", "The ETag that was read, or `*`"));
        }
        if (route.method() == Method.PUT) {
            headers.add(new Header("If-None-Match", "`*`: create only"));
        } else if (route.has(Trait.TAGGED) && route.method() == Method.GET) {
            headers.add(new Header("If-None-Match", "The ETag that was read: 304 if it still is"));
        }
        return List.copyOf(headers);
    }

    private static ObjectNode parameter(
            ArrayNode into, String name, String place, ObjectNode type, @Nullable String text) {
        ObjectNode json = into.addObject().put("name", name).put("in", place);
        if (text != null) {
            json.put("description", text);
        }
        json.set("schema", type);
        return json;
    }

    private static void answers(Route route, ObjectNode into) {
        if (route.has(Trait.CREATES)) {
            ObjectNode created = answer(into, 201, "Created, or a replay of the creation", route);
            header(created, "Location", "Where it is");
            header(created, "Idempotency-Replayed", "`true` for a replay");
        } else if (route.method() == Method.PUT) {
            header(answer(into, 201, "Created", route), "Location", "Where it is");
        }
        if (route.answer() == null) {
            into.putObject("204").put("description", "Done");
        } else {
            String text = route.has(Trait.CREATES) ? "A dry run: what would be" : "What was asked";
            ObjectNode done = answer(into, 200, text, route);
            if (route.has(Trait.EXPORTS)) {
                done.withObjectProperty("content")
                        .putObject(Replies.LINES)
                        .set("schema", text("All that match, a line each"));
            }
        }
        if (route.has(Trait.TAGGED) && route.method() == Method.GET) {
            into.putObject("304").put("description", "It still is as the ETag says");
        }
        for (int status : problems(route)) {
            into.putObject(String.valueOf(status)).put(REF, "#/components/responses/" + status);
        }
    }

    private static List<Integer> problems(Route route) {
        Set<Integer> statuses = new LinkedHashSet<>(List.of(400, 401, 403));
        if (!route.pathParameters().isEmpty() || route.body() != null) {
            statuses.add(404);
        }
        if (route.has(Trait.CHANGES)) {
            statuses.add(409);
        }
        if (route.has(Trait.IF_MATCH)) {
            statuses.add(412);
        }
        if (route.body() != null) {
            statuses.addAll(List.of(413, 422));
        }
        statuses.add(503);
        if (route.method() != Method.GET) {
            statuses.add(507);
        }
        return List.copyOf(statuses);
    }

    private static ObjectNode answer(ObjectNode into, int status, String text, Route route) {
        ObjectNode json = into.putObject(String.valueOf(status)).put("description", text);
        String name = Objects.requireNonNull(route.answer());
        if (route.has(Trait.TAGGED)) {
            header(json, "ETag", "The version, for If-Match");
        }
        content(json, "application/json", route.has(Trait.LIST) ? page(name) : schema(name));
        return json;
    }

    private static ObjectNode page(String item) {
        ObjectNode json = BodyFields.empty().put("type", "object");
        json.putArray("required").add("items").add("next_page_token");
        ObjectNode members = json.putObject("properties");
        members.putObject("items").put("type", "array").set("items", schema(item));
        members.putObject("next_page_token")
                .put("description", "null on the last page")
                .putArray("type")
                .add(TEXT)
                .add("null");
        return json;
    }

    private static void header(ObjectNode answer, String name, String text) {
        answer.withObjectProperty("headers")
                .putObject(name)
                .put("description", text)
                .set("schema", text(null));
    }

    private static void content(ObjectNode into, String type, ObjectNode schema) {
        into.putObject("content").putObject(type).set("schema", schema);
    }

    private static ObjectNode schema(String name) {
        return BodyFields.empty().put(REF, "#/components/schemas/" + name);
    }

    private static ObjectNode text(@Nullable String description) {
        ObjectNode json = BodyFields.empty().put("type", TEXT);
        return description == null ? json : json.put("description", description);
    }

    private static void responses(ObjectNode into) {
        problem(into, 400, "The request is malformed");
        problem(into, 401, "There is no token that is good now");
        problem(into, 403, "No policy permits it, or it gives more than the caller holds");
        problem(into, 404, "There is no such thing, or none that the caller may read");
        problem(into, 409, "The name or key is taken, or it cannot be done in this state");
        problem(into, 412, "It was changed since the caller read it");
        problem(into, 413, "The body is too large");
        problem(into, 422, "Members of the body do not hold what they must, see `errors`");
        problem(into, 503, "Nothing can be kept now; nothing was changed");
        problem(into, 507, "The disk is full; nothing was changed");
    }

    private static void problem(ObjectNode into, int status, String text) {
        ObjectNode json = into.putObject(String.valueOf(status)).put("description", text);
        content(json, Problems.CONTENT_TYPE, schema("Problem"));
    }
}
