package io.quay.pdp.quay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Matches one reading of a path against templates.
///
/// @param raw segments that literals are compared with
/// @param decoded the same segments, as parameters get them
/// @param reserved words that, deep in a repository's name, could be an operation of a shorter one
record PathMatcher(List<String> raw, List<String> decoded, Set<String> reserved) {

    /// @param path values of the parameters
    /// @param reservedWord the repository's name holds a word that makes it doubtful
    record Match(PathTemplate template, Map<String, String> path, boolean reservedWord) {}

    Optional<Match> match(PathTemplate template) {
        int extra = raw.size() - template.segments().size();
        if (extra < 0 || (extra > 0 && template.repository() < 0) || !literals(template, extra)) {
            return Optional.empty();
        }
        Map<String, String> path = new LinkedHashMap<>();
        boolean reservedWord = false;
        int at = 0;
        for (int i = 0; i < template.segments().size(); i++) {
            int width = i == template.repository() ? extra + 1 : 1;
            List<String> values = decoded.subList(at, at + width);
            if (i == template.repository()) {
                if (!repository(values)) {
                    return Optional.empty();
                }
                List<String> parts = List.of(String.join("/", values).split("/", -1));
                reservedWord = parts.stream().skip(2).anyMatch(reserved::contains);
            }
            if (template.segments().get(i) instanceof PathTemplate.Segment.Name(String parameter)) {
                String value = width == 1 ? values.getFirst() : String.join("/", values);
                // Quay's converter: anything but a digest is not this route
                if (parameter.equals("manifestref") && !QuayNames.digest(value)) {
                    return Optional.empty();
                }
                path.put(parameter, value);
            }
            at += width;
        }
        return Optional.of(new Match(template, path, reservedWord));
    }

    private boolean literals(PathTemplate template, int extra) {
        for (int i = 0; i < template.segments().size(); i++) {
            boolean behind = template.repository() >= 0 && i > template.repository();
            if (template.segments().get(i) instanceof PathTemplate.Segment.Literal(String text)
                    && !text.equals(raw.get(behind ? i + extra : i))) {
                return false;
            }
        }
        return true;
    }

    /// A repository is one segment with its slashes escaped, or several with none escaped.
    private static boolean repository(List<String> values) {
        return values.size() == 1
                ? values.getFirst().contains("/")
                : values.stream().noneMatch(value -> value.contains("/"));
    }
}
