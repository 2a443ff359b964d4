package io.quay.pdp.gateway;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/// Tells requests for Quay's Management API from all others. A target counts as the API's in doubt:
/// whatever any server on the way could read as `/api/v1` is decided, or refused, as such.
final class ApiPaths {
    private static final String API = "/api/v1";

    /// More layers of escapes than servers in a row undo.
    private static final int LAYERS = 4;

    private ApiPaths() {}

    static boolean isApi(String target) {
        if (target.startsWith(API + "/")) {
            return true; // as nearly all are
        }
        String path = target.split("[?#]", 2)[0];
        for (int layer = 0; layer < LAYERS; layer++) {
            for (String reading : readings(path)) {
                if (reading.equals(API) || reading.startsWith(API + "/")) {
                    return true;
                }
            }
            path = decoded(path);
        }
        return false;
    }

    /// With its parameters and without, with its dots resolved and without; cleaned of all that
    /// servers merge or fold.
    private static List<String> readings(String path) {
        String merged = path.replace('\\', '/').replaceAll("/{2,}", "/").toLowerCase(Locale.ROOT);
        String bare = merged.replaceAll(";[^/]*", "").replaceAll("/{2,}", "/");
        List<String> readings = new ArrayList<>();
        for (String each : List.of(merged, bare)) {
            readings.add(each);
            readings.add(resolved(each));
        }
        return readings;
    }

    private static String resolved(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            switch (segment) {
                case "", "." -> {}
                case ".." -> kept.pollLast();
                default -> kept.addLast(segment);
            }
        }
        return "/" + String.join("/", kept);
    }

    /// Escapes of ASCII characters undone once; control characters vanish, as they do in some
    /// servers.
    static String decoded(String path) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
            if (c == '%' && high >= 0 && low >= 0) {
                c = (char) (high * 16 + low);
                i += 2;
            }
            if (c > ' ' && c != 127) {
                text.append(c);
            }
        }
        return text.toString();
    }
}
