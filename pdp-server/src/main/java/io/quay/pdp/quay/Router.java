package io.quay.pdp.quay;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Finds the one operation that a path means, by reading it twice: cut at its raw slashes, and
/// decoded first as Quay's server does. Immutable.
///
/// A path counts as ambiguous also when another method would give it another meaning: Quay chooses
/// among the routes that have the method, so one path could change its meaning with the verb.
final class Router {
    private static final int FIRST_WORD = 2; // behind `api` and `v1`

    private final Map<String, Map<String, CatalogRow>> rows = new HashMap<>();
    private final Map<String, List<PathTemplate>> templatesByWord = new HashMap<>();
    private final Set<String> reserved = new HashSet<>();

    /// @param path decoded path parameters
    record Route(CatalogRow row, Map<String, String> path) {
        Route {
            path = Collections.unmodifiableMap(path);
        }
    }

    Router(Catalog catalog) {
        for (CatalogRow row : catalog.rows()) {
            PathTemplate template = row.template();
            Map<String, CatalogRow> known = rows.get(template.text());
            if (known == null) {
                known = new HashMap<>();
                rows.put(template.text(), known);
                templatesByWord
                        .computeIfAbsent(firstWord(template), _ -> new ArrayList<>())
                        .add(template);
            }
            known.put(row.operation().method(), row);
            reserved.addAll(row.template().wordsBehindRepository());
        }
    }

    private static String firstWord(PathTemplate template) {
        if (template.segments().size() > FIRST_WORD
                && template.segments().get(FIRST_WORD)
                        instanceof PathTemplate.Segment.Literal(String word)) {
            return word;
        }
        throw new InvalidCatalogException(
                template.text() + ": no word where routes are told apart");
    }

    private List<PathTemplate> candidates(PathMatcher matcher) {
        return matcher.raw().size() > FIRST_WORD
                ? templatesByWord.getOrDefault(matcher.raw().get(FIRST_WORD), List.of())
                : List.of();
    }

    Route route(String method, PathSyntax path) {
        PathMatcher.Match structured =
                single(method, path, new PathMatcher(path.raw(), path.decoded(), reserved));
        List<String> segments = path.segmentsDecodedFirst();
        PathMatcher.Match asServed =
                single(method, path, new PathMatcher(segments, segments, reserved));
        if (!structured.equals(asServed)) {
            throw ambiguous("escaped slashes change which operation the path means");
        }
        CatalogRow row = methods(structured).get(method);
        if (row == null) {
            throw unknown();
        }
        if (row.template().slash() && !path.slash() && !row.slashless()) {
            throw ambiguous("without its last slash the path could be a repository's name");
        }
        return new Route(row, structured.path());
    }

    private PathMatcher.Match single(String method, PathSyntax path, PathMatcher matcher) {
        List<PathMatcher.Match> plain = new ArrayList<>();
        List<PathMatcher.Match> doubtful = new ArrayList<>();
        for (PathTemplate template : candidates(matcher)) {
            if (!path.slash() || template.slash()) {
                matcher.match(template)
                        .ifPresent(match -> (match.reservedWord() ? doubtful : plain).add(match));
            }
        }
        if (plain.isEmpty()) {
            throw doubtful.isEmpty() ? unmatched(path) : ambiguous("a reserved word in the name");
        }
        PathMatcher.Match match = mostLiteral(plain);
        if (plain.size() > 1 && !methods(match).containsKey(method)) {
            throw ambiguous("with this method a word of the path is a name");
        }
        // Quay prefers `build/{build_uuid}/logs` to `logs` behind a longer repository; two endings
        // of
        // which neither is the other's tail are too close to call
        for (PathMatcher.Match other : doubtful) {
            boolean tail = match.template().endsLike(other.template());
            boolean chosen =
                    !methods(match).containsKey(method) && methods(other).containsKey(method);
            if (!tail || chosen) {
                throw ambiguous("the path may also name a nested repository");
            }
        }
        return match;
    }

    /// `repository/mirror/health` is an operation and never a repository of that name; when no
    /// template is in every place as literal as the others, the path has no one meaning.
    private static PathMatcher.Match mostLiteral(List<PathMatcher.Match> matches) {
        for (PathMatcher.Match match : matches) {
            if (matches.stream()
                    .allMatch(other -> match.template().asLiteralAs(other.template()))) {
                return match;
            }
        }
        throw ambiguous("the path has more than one reading");
    }

    private Map<String, CatalogRow> methods(PathMatcher.Match match) {
        return Objects.requireNonNull(rows.get(match.template().text()));
    }

    private static RefusedRequest unmatched(PathSyntax path) {
        return path.slash()
                ? new RefusedRequest(
                        Mapping.Problem.NON_CANONICAL_PATH,
                        "no operation's path ends so in a slash")
                : unknown();
    }

    private static RefusedRequest unknown() {
        return new RefusedRequest(
                Mapping.Problem.UNKNOWN_OPERATION, "no operation has this method and path");
    }

    private static RefusedRequest ambiguous(String message) {
        return new RefusedRequest(Mapping.Problem.AMBIGUOUS_ROUTE, message);
    }
}
