package io.quay.pdp.quay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The raw path of a request target cut into segments, refusing every spelling that could be read
/// as another path further down the line.
///
/// @param raw the segments as written
/// @param decoded the same with escapes undone once; a decoded segment may hold slashes
/// @param slash whether the path ends in a slash
record PathSyntax(List<String> raw, List<String> decoded, boolean slash) {
    private static final int PATH_BYTES = 2048;
    private static final int SEGMENT_BYTES = 255;
    private static final int SEGMENTS = 12;
    private static final String PLAIN = "-._~+:@=,/%";
    private static final String ESCAPABLE = "/:@+=,";

    PathSyntax {
        raw = List.copyOf(raw);
        decoded = List.copyOf(decoded);
    }

    static PathSyntax read(String path) {
        if (!path.startsWith("/") || path.length() > PATH_BYTES) {
            throw refused("the path is not absolute or too long");
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (!letterOrDigit(c) && PLAIN.indexOf(c) < 0) {
                throw refused("the path holds a character that no operation needs");
            }
        }
        boolean slash = path.length() > 1 && path.endsWith("/");
        String inner = path.substring(1, slash ? path.length() - 1 : path.length());
        List<String> raw = Arrays.asList(inner.split("/", -1));
        if (raw.size() > SEGMENTS) {
            throw refused("the path has too many segments");
        }
        List<String> decoded = new ArrayList<>();
        for (String segment : raw) {
            decoded.add(decode(segment));
        }
        return new PathSyntax(raw, decoded, slash);
    }

    /// The segments after undoing escapes in the whole path, as Quay's server does.
    List<String> segmentsDecodedFirst() {
        return Arrays.asList(String.join("/", decoded).split("/", -1));
    }

    private static String decode(String segment) {
        if (segment.length() > SEGMENT_BYTES) {
            throw refused("a segment of the path is too long");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '%') {
                c = escaped(segment, i);
                i += 2;
            }
            text.append(c);
        }
        for (String part : text.toString().split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw refused("the path has an empty or dot segment");
            }
        }
        return text.toString();
    }

    private static char escaped(String segment, int percent) {
        if (percent + 2 < segment.length()) {
            int high = Character.digit(segment.charAt(percent + 1), 16);
            int low = Character.digit(segment.charAt(percent + 2), 16);
            char c = (char) (high * 16 + low);
            if (high >= 0 && low >= 0 && ESCAPABLE.indexOf(c) >= 0) {
                return c;
            }
        }
        throw refused("the path escapes a character other than / : @ + = ,");
    }

    private static boolean letterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static RefusedRequest refused(String message) {
        return new RefusedRequest(Mapping.Problem.NON_CANONICAL_PATH, message);
    }
}
