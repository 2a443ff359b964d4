package io.quay.pdp.http;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The preconditions of a request (RFC 9110 §13), over entity tags that are revisions: strong ones
/// such as `"7"`. Immutable.
///
/// @param match of `If-Match`; null = no such header
/// @param noneMatch of `If-None-Match`; null = no such header
record Conditions(@Nullable Tags match, @Nullable Tags noneMatch) {
    private static final Pattern TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7e]*)\"");
    private static final Pattern REVISION = Pattern.compile("-?[0-9]{1,19}");
    private static final int MAX_TAGS = 32;

    /// @param any whether it is `*`
    /// @param revisions of those tags that are strong and ours
    /// @param weak of those that are weak and else ours
    record Tags(boolean any, List<Long> revisions, List<Long> weak) {}

    static String tag(long revision) {
        return "\"" + revision + '"';
    }

    /// @throws ProblemException 400 when a header is malformed
    static Conditions of(jakarta.servlet.http.HttpServletRequest request) {
        return new Conditions(read(request, "If-Match"), read(request, "If-None-Match"));
    }

    private static @Nullable Tags read(
            jakarta.servlet.http.HttpServletRequest request, String header) {
        List<String> lines = Collections.list(request.getHeaders(header));
        if (lines.isEmpty()) {
            return null;
        }
        String text = String.join(",", lines).strip();
        if (text.equals("*")) {
            return new Tags(true, List.of(), List.of());
        }
        List<Long> strong = new java.util.ArrayList<>();
        List<Long> weak = new java.util.ArrayList<>();
        Matcher matcher = TAG.matcher(text);
        int at = 0;
        int count = 0;
        while (at < text.length()) {
            if (!matcher.find(at) || matcher.start() != at || ++count > MAX_TAGS) {
                throw malformed(header);
            }
            revision(matcher.group(2), matcher.group(1) == null ? strong : weak);
            at = afterComma(text, matcher.end(), header);
        }
        if (count == 0) {
            throw malformed(header);
        }
        return new Tags(false, strong, weak);
    }

    private static void revision(String text, List<Long> into) {
        if (REVISION.matcher(text).matches()) {
            try {
                into.add(Long.parseLong(text));
            } catch (NumberFormatException _) {
                // no revision of ours: it matches nothing
            }
        }
    }

    private static int afterComma(String text, int from, String header) {
        int at = from;
        while (at < text.length() && " \t".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (at == text.length()) {
            return at;
        }
        if (text.charAt(at) != ',') {
            throw malformed(header);
        }
        at++;
        while (at < text.length() && " \t".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (at == text.length()) {
            throw malformed(header);
        }
        return at;
    }

    private static ProblemException malformed(String header) {
        return ProblemException.badRequest(
                header.toLowerCase(Locale.ROOT).equals("if-match")
                        ? "If-Match must be `*` or an entity tag such as \"7\""
                        : "If-None-Match must be `*` or entity tags such as \"7\"");
    }

    /// Whether a reader has this revision already: `If-None-Match` compares weakly (§13.1.2).
    boolean unchanged(long revision) {
        return noneMatch != null
                && (noneMatch.any()
                        || noneMatch.revisions().contains(revision)
                        || noneMatch.weak().contains(revision));
    }
}
