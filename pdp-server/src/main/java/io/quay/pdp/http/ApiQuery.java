package io.quay.pdp.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The query of a request to the administration API, read strictly: each parameter is one that the
/// route takes and stands once. Immutable.
record ApiQuery(Map<String, String> values) {
    private static final char REPLACEMENT = '\uFFFD';

    /// @param raw as it stands in the request line; null = none
    /// @throws ProblemException 400 for a parameter that is unknown, stands twice, or is misspelled
    static ApiQuery parse(@Nullable String raw, Set<String> known) {
        Map<String, String> values = new TreeMap<>();
        if (raw == null || raw.isEmpty()) {
            return new ApiQuery(values);
        }
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            if (!known.contains(name)) {
                throw ProblemException.badRequest(
                        known.isEmpty()
                                ? "this takes no query parameters"
                                : "there is a query parameter that this does not take; it takes "
                                        + String.join(", ", new java.util.TreeSet<>(known)));
            }
            if (equals < 0) {
                throw ProblemException.badRequest("query parameter `" + name + "` has no value");
            }
            if (values.put(name, decode(pair.substring(equals + 1))) != null) {
                throw ProblemException.badRequest("query parameter `" + name + "` stands twice");
            }
        }
        return new ApiQuery(values);
    }

    private static String decode(String text) {
        try {
            String decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
            if (decoded.indexOf(REPLACEMENT) < 0) {
                return decoded;
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        throw ProblemException.badRequest("the query is not percent-encoded UTF-8");
    }

    @Nullable String text(String name) {
        String value = values.get(name);
        if (value != null && value.isEmpty()) {
            throw ProblemException.badRequest("query parameter `" + name + "` is empty");
        }
        return value;
    }

    @Nullable Boolean flag(String name) {
        String value = text(name);
        if (value == null) {
            return null;
        }
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw ProblemException.badRequest(
                            "query parameter `" + name + "` must be true or false");
        };
    }

    int whole(String name, int otherwise, int max) {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        if (value.matches("[1-9][0-9]{0,6}") && Integer.parseInt(value) <= max) {
            return Integer.parseInt(value);
        }
        throw ProblemException.badRequest("query parameter `" + name + "` must be 1 to " + max);
    }

    @Nullable Instant time(String name) {
        String value = text(name);
        Instant time = value == null ? null : Times.parse(value);
        if (value != null && time == null) {
            throw ProblemException.badRequest(
                    "query parameter `" + name + "` must be " + Times.FORM);
        }
        return time;
    }
}
