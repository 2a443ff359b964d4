package io.quay.pdp.quay;

import java.util.ArrayList;
import java.util.List;

/// A path with parameters, `/api/v1/repository/{repository}/tag/{tag}`. Immutable.
///
/// @param slash whether it ends in a slash
/// @param repository index of the segment that stands for two or more, a repository; -1 = none
record PathTemplate(String text, List<Segment> segments, boolean slash, int repository) {

    sealed interface Segment {
        record Literal(String text) implements Segment {}

        record Name(String parameter) implements Segment {}
    }

    PathTemplate {
        segments = List.copyOf(segments);
    }

    /// @param repositories names of the parameters that hold a repository
    static PathTemplate parse(String text, List<String> repositories) {
        if (!text.startsWith("/") || text.contains("//")) {
            throw new IllegalArgumentException("not a path");
        }
        boolean slash = text.endsWith("/");
        String inner = text.substring(1, slash ? text.length() - 1 : text.length());
        List<Segment> segments = new ArrayList<>();
        int repository = -1;
        for (String part : inner.split("/", -1)) {
            if (part.startsWith("{") && part.endsWith("}")) {
                String name = part.substring(1, part.length() - 1);
                if (repositories.contains(name)) {
                    repository = segments.size();
                }
                segments.add(new Segment.Name(name));
            } else {
                segments.add(new Segment.Literal(part));
            }
        }
        return new PathTemplate(text, segments, slash, repository);
    }

    List<String> parameters() {
        List<String> names = new ArrayList<>();
        for (Segment segment : segments) {
            if (segment instanceof Segment.Name(String parameter)) {
                names.add(parameter);
            }
        }
        return names;
    }

    /// The literal segments behind the repository: words that a nested name could be mistaken for.
    List<String> wordsBehindRepository() {
        List<String> words = new ArrayList<>();
        for (int i = repository + 1; repository >= 0 && i < segments.size(); i++) {
            if (segments.get(i) instanceof Segment.Literal(String word)) {
                words.add(word);
            }
        }
        return words;
    }

    /// Whether, both matching one path, this one has a literal wherever the other has one.
    boolean asLiteralAs(PathTemplate other) {
        if (equals(other)) {
            return true;
        }
        if (repository >= 0 || other.repository >= 0) {
            return repository < 0;
        }
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i) instanceof Segment.Name
                    && other.segments.get(i) instanceof Segment.Literal) {
                return false;
            }
        }
        return true;
    }

    /// Whether what follows the other's repository ends what follows this one's.
    boolean endsLike(PathTemplate other) {
        List<Segment> tail = segments.subList(repository + 1, segments.size());
        List<Segment> end = other.segments.subList(other.repository + 1, other.segments.size());
        return tail.size() > end.size()
                && tail.subList(tail.size() - end.size(), tail.size()).equals(end);
    }
}
