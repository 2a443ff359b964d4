package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.quay.pdp.accounts.Caller;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.Write;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One request to the administration API, whose caller is proved: its parameters, headers and body
/// as its route declares them. Used by one thread.
final class ApiRequest {
    static final int DEFAULT_PAGE = 100;
    static final int MAX_PAGE = 1_000;

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final String DRY_RUN = "dry_run";
    private static final String PAGE_TOKEN = "page_token";
    private static final String PAGE_SIZE = "page_size";
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final Context context;
    private final Route route;
    private final Caller caller;
    private final PageTokens tokens;
    private final int maxDepth;
    private final ApiQuery query;
    private final Conditions conditions;

    /// @throws ProblemException 400 when query or preconditions are malformed
    ApiRequest(Context context, Route route, Caller caller, PageTokens tokens, int maxDepth) {
        this.context = context;
        this.route = route;
        this.caller = caller;
        this.tokens = tokens;
        this.maxDepth = maxDepth;
        this.query = ApiQuery.parse(context.queryString(), parametersOf(route));
        this.conditions = Conditions.of(context.req());
        refuseForeignHeaders();
    }

    /// The names of all query parameters that a route takes.
    static Set<String> parametersOf(Route route) {
        Set<String> names = new LinkedHashSet<>();
        route.query().forEach(parameter -> names.add(parameter.name()));
        if (route.has(Route.Trait.LIST)) {
            names.add(PAGE_SIZE);
            names.add(PAGE_TOKEN);
        }
        if (route.has(Route.Trait.CHANGES)) {
            names.add(DRY_RUN);
        }
        return names;
    }

    /// What a caller relies on is done or refused, never passed over.
    private void refuseForeignHeaders() {
        List<String> keys = Collections.list(context.req().getHeaders(IDEMPOTENCY_KEY));
        if (!keys.isEmpty() && (keys.size() > 1 || !VISIBLE.matcher(keys.getFirst()).matches())) {
            throw ProblemException.badRequest(
                    IDEMPOTENCY_KEY + " must be 1 to 255 visible ASCII characters, once");
        }
        if (!keys.isEmpty() && !route.has(Route.Trait.CREATES)) {
            throw ProblemException.badRequest(IDEMPOTENCY_KEY + " is taken by creations only");
        }
        if (conditions.match() != null && !route.has(Route.Trait.IF_MATCH)) {
            throw ProblemException.badRequest("If-Match is not taken here");
        }
        if (conditions.noneMatch() != null
                && route.method() != Route.Method.GET
                && route.method() != Route.Method.PUT) {
            throw ProblemException.badRequest("If-None-Match is taken by GET and PUT only");
        }
    }

    Caller caller() {
        return caller;
    }

    Route route() {
        return route;
    }

    ApiQuery query() {
        return query;
    }

    Conditions conditions() {
        return conditions;
    }

    String path(String name) {
        return context.pathParam(name);
    }

    boolean dryRun() {
        return Boolean.TRUE.equals(query.flag(DRY_RUN));
    }

    /// Whether the caller wants lines of JSON rather than a page.
    boolean exports() {
        String accept = context.header("Accept");
        return route.has(Route.Trait.EXPORTS)
                && accept != null
                && accept.toLowerCase(java.util.Locale.ROOT).contains(Replies.LINES);
    }

    /// Strict JSON, one object (I-JSON, RFC 7493).
    ///
    /// @throws ProblemException 400 for anything else
    ObjectNode body() {
        boolean absent = context.contentLength() <= 0 && context.bodyAsBytes().length == 0;
        if (absent && route.has(Route.Trait.BODY_OPTIONAL)) {
            return BodyFields.empty();
        }
        return JsonBody.read(context, maxDepth, route.bodyType());
    }

    /// How the change is asked for.
    ///
    /// @param body what the idempotency key is bound to, beside route and caller; null = nothing
    Write write(@Nullable ObjectNode body) {
        return new Write(dryRun(), matchedRevision(), idempotency(body));
    }

    /// The one revision of `If-Match`; null when there is none or it is `*`.
    private @Nullable Long matchedRevision() {
        Conditions.Tags match = conditions.match();
        if (match == null || match.any()) {
            return null;
        }
        if (match.revisions().isEmpty()) {
            // a weak tag, or one that was never ours: nothing matches it (RFC 9110 §13.1.1)
            throw new RefusedException(
                    RefusedException.Refusal.STALE, "no version of this has that entity tag");
        }
        if (match.revisions().size() > 1) {
            throw ProblemException.badRequest("If-Match takes one entity tag here");
        }
        return match.revisions().getFirst();
    }

    private Write.@Nullable Idempotency idempotency(@Nullable ObjectNode body) {
        String key = context.header(IDEMPOTENCY_KEY);
        if (key == null) {
            return null;
        }
        String content = body == null ? "" : canonical(body).toString();
        String request = route.method() + "\n" + context.path() + "\n" + content;
        return new Write.Idempotency(key, sha256(request));
    }

    /// The same value with the members of all objects in order.
    private static JsonNode canonical(JsonNode node) {
        if (node.isObject()) {
            Map<String, JsonNode> members = new TreeMap<>();
            node.properties()
                    .forEach(member -> members.put(member.getKey(), canonical(member.getValue())));
            ObjectNode ordered = BodyFields.empty();
            members.forEach(ordered::set);
            return ordered;
        }
        if (node.isArray()) {
            com.fasterxml.jackson.databind.node.ArrayNode items =
                    com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.arrayNode();
            node.forEach(item -> items.add(canonical(item)));
            return items;
        }
        return node;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    int pageSize() {
        return query.whole(PAGE_SIZE, DEFAULT_PAGE, MAX_PAGE);
    }

    /// Where the caller's page begins: behind this; null = at the start.
    @Nullable String cursor() {
        String token = query.text(PAGE_TOKEN);
        return token == null ? null : tokens.open(querySeal(), token);
    }

    /// The `page_token` that goes on behind the cursor.
    String pageToken(String cursor) {
        return tokens.seal(querySeal(), cursor);
    }

    private String querySeal() {
        Map<String, String> filters = new TreeMap<>(query.values());
        filters.remove(PAGE_TOKEN);
        filters.remove(PAGE_SIZE);
        StringBuilder text = new StringBuilder();
        for (String part : List.of(caller.name(), context.path())) {
            text.append(part.length()).append(':').append(part);
        }
        filters.forEach((name, value) ->
                text.append(name).append('=').append(value.length()).append(':').append(value));
        return text.toString();
    }
}
