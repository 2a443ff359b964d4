package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Maps a request line and body to the one operation, its resources and its parameters, or refuses
/// it. What it remembers are routes that it found, which the catalog alone determines. Safe for use
/// by any number of threads.
public final class RequestMapper {
    /// Of all remembered paths together, with what was read from them.
    private static final long MAX_CHARACTERS = 2_000_000;

    private static final int CHARACTERS_OF_ENTRY = 200;

    private final Catalog catalog;
    private final Router router;
    private final Cache<Asked, Found> routes =
            Caffeine.newBuilder()
                    .maximumWeight(MAX_CHARACTERS)
                    .weigher((Asked asked, Found _) ->
                            CHARACTERS_OF_ENTRY + 3 * asked.path().length())
                    .build();

    private record Asked(String method, String path) {}

    private record Found(Router.Route route, PathSyntax path) {}

    public RequestMapper(Catalog catalog) {
        this.catalog = catalog;
        this.router = new Router(catalog);
    }

    public Catalog catalog() {
        return catalog;
    }

    /// @param accountName the calling service account: operations of level `user` act on its user
    public Mapping map(QuayRequest request, String accountName) {
        try {
            return new Mapping.Mapped(call(request, accountName));
        } catch (RefusedRequest e) {
            return e.refusal();
        }
    }

    /// The one spelling of a request line that Quay may be asked with: path segments decoded, the
    /// slash that the operation's path has, and of the query the declared parameters alone. What is
    /// decided on is this spelling. Empty when the request line is refused: [#map] says why.
    public Optional<CanonicalTarget> canonical(String method, String target) {
        try {
            return Optional.of(spelled(line(method, target)));
        } catch (RefusedRequest _) {
            return Optional.empty();
        }
    }

    private static CanonicalTarget spelled(Line line) {
        CatalogRow row = line.route().row();
        boolean slash = row.template().slash();
        String path = "/" + String.join("/", line.path().decoded()) + (slash ? "/" : "");
        return new CanonicalTarget(
                row.operation(),
                path + QueryReader.canonical(line.query(), row.query()),
                slash && !line.path().slash());
    }

    /// @param query null = none
    private record Line(Router.Route route, PathSyntax path, @Nullable String query) {}

    private Line line(String method, String target) {
        if (target.indexOf('#') >= 0) {
            throw new RefusedRequest(
                    Mapping.Problem.NON_CANONICAL_PATH, "the target has a fragment");
        }
        int question = target.indexOf('?');
        Asked asked = new Asked(method, question < 0 ? target : target.substring(0, question));
        Found found = routes.get(asked, this::find);
        return new Line(
                found.route(), found.path(), question < 0 ? null : target.substring(question + 1));
    }

    private Found find(Asked asked) {
        PathSyntax path = PathSyntax.read(asked.path());
        String method = asked.method();
        Router.Route route = router.route(method.equals("HEAD") ? "GET" : method, path);
        checkNames(route.path());
        return new Found(route, path);
    }

    /// The parameters as policies may see them: without secrets, addresses cut to their origin.
    public Map<String, Value> disclosed(Operation operation, Map<String, Value> parameters) {
        CatalogRow row = catalog.row(operation);
        Map<String, Value> values = new LinkedHashMap<>();
        for (Parameter parameter : operation.parameters()) {
            Value value = parameters.get(parameter.name());
            if (value != null) {
                values.put(parameter.name(), row.disclosed(parameter.wireName(), value));
            }
        }
        return values;
    }

    /// The further objects of an operation that is asked about by action and resource.
    ///
    /// @param parameters those that the caller gives; null when it gives none
    public List<Reach> reach(
            Operation operation, EntityRef primary, @Nullable Map<String, Value> parameters) {
        CatalogRow row = catalog.row(operation);
        return new NamedReach(operation, primary, parameters).resolve(row.reach());
    }

    private QuayCall call(QuayRequest request, String accountName) {
        Line line = line(request.method(), request.target());
        Router.Route route = line.route();
        CatalogRow row = route.row();
        Map<String, Value> query = QueryReader.read(line.query(), row.query());
        boolean omitted = request.body() instanceof RequestBody.Omitted;
        Map<String, JsonNode> body = BodyReader.read(row, request.body());
        if (body == null && (row.primaryInBody() || (omitted ? row.needsBody() : required(row)))) {
            throw new RefusedRequest(
                    Mapping.Problem.BODY_REQUIRED, "what the operation does stands in its body");
        }
        Inputs inputs = new Inputs(route.path(), query, body);
        EntityRef primary = primary(row, inputs, accountName);
        return new QuayCall(
                row.operation(),
                primary,
                new ReachResolver(inputs, primary).resolve(row.reach()),
                parameters(row, inputs),
                omitted ? unknown(row) : Set.of());
    }

    private static boolean required(CatalogRow row) {
        return row.reach().stream().anyMatch(rule -> rule.fromBody() && rule.required());
    }

    private static void checkNames(Map<String, String> path) {
        path.forEach((name, value) -> {
            boolean sound =
                    switch (name) {
                        case "repository" -> QuayNames.repository(value);
                        case "orgname" -> QuayNames.namespace(value);
                        case "tag" -> QuayNames.tag(value);
                        default -> true;
                    };
            if (!sound) {
                throw new RefusedRequest(
                        Mapping.Problem.NON_CANONICAL_PATH,
                        name + " is not a name that Quay takes as it is");
            }
        });
    }

    private static EntityRef primary(CatalogRow row, Inputs inputs, String accountName) {
        Map<String, String> path = inputs.path();
        return switch (row.operation().level()) {
            case NONE -> EntityRef.registry();
            case REGISTRY -> registryOrNamespace(row, inputs);
            case USER -> EntityRef.user(accountName);
            case REPOSITORY -> EntityRef.repository(Objects.requireNonNull(path.get("repository")));
            case ORGANIZATION ->
                    row.primaryInBody()
                            ? namespaceInBody(inputs)
                            : EntityRef.organization(Objects.requireNonNull(path.get("orgname")));
        };
    }

    private static EntityRef registryOrNamespace(CatalogRow row, Inputs inputs) {
        CatalogRow.Narrowing narrowing = row.narrowedBy();
        if (narrowing == null || inputs.isTrue(narrowing.unless())) {
            return EntityRef.registry();
        }
        Optional<String> name =
                inputs.text(new ReachRule.Source(Parameter.Place.QUERY, narrowing.query()));
        if (name.isPresent() && !QuayNames.namespace(name.get())) {
            throw new RefusedRequest(
                    Mapping.Problem.INVALID_QUERY, narrowing.query() + " is not a namespace");
        }
        return name.map(EntityRef::organization).orElse(EntityRef.registry());
    }

    private static EntityRef namespaceInBody(Inputs inputs) {
        JsonNode namespace = inputs.member("namespace");
        if (namespace == null) {
            throw new RefusedRequest(
                    Mapping.Problem.NAMESPACE_REQUIRED, "the body names no namespace");
        }
        JsonNode name = inputs.member("repository");
        if (!QuayNames.namespace(namespace.textValue())
                || name == null
                || !QuayNames.repositoryName(name.textValue())) {
            throw new RefusedRequest(
                    Mapping.Problem.INVALID_BODY,
                    "namespace or repository is not a name that Quay takes as it is");
        }
        return EntityRef.organization(namespace.textValue());
    }

    private static Map<String, Value> parameters(CatalogRow row, Inputs inputs) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (Parameter parameter : row.operation().parameters()) {
            String wire = parameter.wireName();
            Value value =
                    switch (parameter.place()) {
                        case PATH -> Value.of(Objects.requireNonNull(inputs.path().get(wire)));
                        case QUERY -> inputs.query().get(wire);
                        case BODY -> {
                            JsonNode member = inputs.member(wire);
                            yield member == null
                                    ? null
                                    : Objects.requireNonNull(row.body().get(wire)).value(member);
                        }
                    };
            if (value != null) {
                values.put(parameter.name(), row.disclosed(wire, value));
            }
        }
        return values;
    }

    private static Set<String> unknown(CatalogRow row) {
        Set<String> names = new TreeSet<>();
        for (Parameter parameter : row.operation().parameters()) {
            if (parameter.place() == Parameter.Place.BODY) {
                names.add(parameter.name());
            }
        }
        return names;
    }
}
