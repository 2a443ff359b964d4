package io.quay.pdp.quay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Random requests from the catalog, spelled as clients do, and random damage to them.
final class RandomRequests {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final List<String> DAMAGE =
            List.of(
                    "/", "%2F", "%2f", "..", ".", "/../", "/./", ";a=b", "%2e", "%252F", "%00", "+",
                    "@", ":", "=", ",", "%3A", "\\", "%5C", "é", "%C3%A9", " ", "%20", "#x", "?",
                    "tag", "/tag/", "/build/", "/mirror", "/logs", "/acme", "A", "//");
    private final Random random;

    /// @param values the path parameters
    record Sample(Operation operation, String target, Map<String, String> values) {}

    RandomRequests(Random random) {
        this.random = random;
    }

    Sample valid(Operation operation) {
        Map<String, String> values = new LinkedHashMap<>();
        StringBuilder target = new StringBuilder();
        int style = random.nextInt(3);
        for (String segment : operation.template().substring(1).split("/", -1)) {
            target.append('/');
            if (segment.startsWith("{")) {
                String name = segment.substring(1, segment.length() - 1);
                String value = value(name);
                values.put(name, value);
                target.append(spelled(value, style));
            } else {
                target.append(segment);
            }
        }
        return new Sample(operation, target.toString(), values);
    }

    private String spelled(String value, int style) {
        String all = value.replace("+", "%2B").replace(":", "%3A").replace("@", "%40");
        return switch (style) {
            case 0 -> value;
            case 1 -> value.replace("/", random.nextBoolean() ? "%2F" : "%2f");
            default -> all.replace("/", "%2F");
        };
    }

    private String value(String parameter) {
        return switch (parameter) {
            case "repository" -> {
                StringBuilder repository = new StringBuilder(name());
                for (int i = random.nextInt(3); i >= 0; i--) {
                    repository.append('/').append(name());
                }
                yield repository.toString();
            }
            case "manifestref" -> "sha256:" + Long.toHexString(random.nextLong());
            case "email" -> name() + "@example.com";
            case "username", "membername" ->
                    random.nextBoolean() || parameter.equals("username")
                            ? name()
                            : name() + "+" + name();
            default -> name();
        };
    }

    /// Never a word of a route: all of those are shorter or have no digit at the end.
    private String name() {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return name.append(random.nextBoolean() ? "-" : "").append(random.nextInt(10)).toString();
    }

    String damaged(String target) {
        String piece = DAMAGE.get(random.nextInt(DAMAGE.size()));
        int at = 1 + random.nextInt(target.length());
        int end = Math.min(target.length(), at + random.nextInt(3));
        return switch (random.nextInt(5)) {
            case 0, 1 -> target.substring(0, at) + piece + target.substring(at);
            case 2 -> target.substring(0, at) + piece + target.substring(end);
            case 3 -> target.substring(0, at) + target.substring(end);
            default -> swappedSegments(target);
        };
    }

    private String swappedSegments(String target) {
        String[] segments = target.split("/", -1);
        int a = 1 + random.nextInt(segments.length - 1);
        int b = 1 + random.nextInt(segments.length - 1);
        String kept = segments[a];
        segments[a] = segments[b];
        segments[b] = kept;
        return String.join("/", segments);
    }
}
