package io.quay.pdp.http;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One row of the administration API's table: what is served, and what its document says of it. The
/// server, `/openapi.json` and the tests read the same rows, so that none can be missing from one
/// of them. Immutable.
///
/// @param path a template with `{parameter}` segments
/// @param id unique; the OpenAPI `operationId`
/// @param action what the `admin` policies are asked, an action of `Pdp::Action`; for people
/// @param query the parameters that it takes beside those of its traits
/// @param body the schema of the request's body; null = it takes none
/// @param answer the schema of what it answers, of one item for a list; null = nothing
record Route(
        Method method,
        String path,
        String id,
        String summary,
        String action,
        List<Parameter> query,
        @Nullable String body,
        @Nullable String answer,
        Set<Trait> traits,
        Handler handler) {
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z_]+)}");

    enum Method {
        GET,
        POST,
        PUT,
        PATCH,
        DELETE
    }

    enum Trait {
        /// Answers a page of items.
        LIST,
        /// Makes something: 201 with `Location`; takes `Idempotency-Key`.
        CREATES,
        /// Changes something: takes `dry_run`.
        CHANGES,
        /// Answers an `ETag`.
        TAGGED,
        /// Takes `If-Match`.
        IF_MATCH,
        /// Answers `application/x-ndjson` when that is accepted.
        EXPORTS,
        /// Its body may be absent.
        BODY_OPTIONAL
    }

    /// A parameter of the query.
    ///
    /// @param schema the name of its schema
    record Parameter(String name, String schema, String description) {}

    @FunctionalInterface
    interface Handler {
        Reply handle(ApiRequest request);
    }

    Route {
        query = List.copyOf(query);
        traits = Set.copyOf(traits);
    }

    /// A row without query parameters, body, answer and traits, to be completed.
    static Route of(
            Method method, String path, String id, String summary, String action, Handler handler) {
        return new Route(
                method,
                path,
                id,
                summary,
                action,
                List.of(),
                null,
                null,
                EnumSet.noneOf(Trait.class),
                handler);
    }

    Route with(Trait... more) {
        Set<Trait> all = EnumSet.noneOf(Trait.class);
        all.addAll(traits);
        all.addAll(List.of(more));
        return new Route(method, path, id, summary, action, query, body, answer, all, handler);
    }

    Route query(String name, String schema, String description) {
        List<Parameter> all = new ArrayList<>(query);
        all.add(new Parameter(name, schema, description));
        return new Route(method, path, id, summary, action, all, body, answer, traits, handler);
    }

    Route body(String schema) {
        return new Route(method, path, id, summary, action, query, schema, answer, traits, handler);
    }

    Route answer(String schema) {
        return new Route(method, path, id, summary, action, query, body, schema, traits, handler);
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    /// The names in the path's template.
    List<String> pathParameters() {
        return PARAMETER.matcher(path).results().map(found -> found.group(1)).toList();
    }

    /// The content type of its body.
    String bodyType() {
        return method == Method.PATCH ? "application/merge-patch+json" : "application/json";
    }

    /// The path with its parameters replaced, in order.
    String at(String... values) {
        Matcher matcher = PARAMETER.matcher(path);
        StringBuilder filled = new StringBuilder();
        for (String value : values) {
            if (matcher.find()) {
                matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
            }
        }
        return matcher.appendTail(filled).toString();
    }
}
