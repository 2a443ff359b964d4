package io.quay.pdp.quay;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Quay's router, plainly: decode the path, then take the best route that has the method.
final class RouterOracle {
    private final List<Route> routes = new ArrayList<>();

    record Verdict(String operation, Map<String, String> parameters, boolean redirected) {}

    private record Route(Operation operation, Pattern pattern, List<String> names) {
        /// Literals before parameters, then more and longer literals.
        String rank() {
            StringBuilder shape = new StringBuilder();
            StringBuilder words = new StringBuilder();
            int literals = 0;
            for (String segment : operation.template().split("/", -1)) {
                boolean name = segment.startsWith("{");
                shape.append(name ? '1' : '0');
                if (!name && !segment.isEmpty()) {
                    literals++;
                    words.append(String.format("%03d", 999 - segment.length()));
                }
            }
            boolean repository = operation.template().contains("/{repository}");
            return repository
                    ? "00001" + (100 - literals) + words
                    : shape.substring(0, Math.min(5, shape.length())) + shape;
        }
    }

    RouterOracle(Catalog catalog) {
        for (Operation operation : catalog.operations()) {
            StringBuilder regex = new StringBuilder();
            List<String> names = new ArrayList<>();
            boolean slash = operation.template().endsWith("/");
            String inner =
                    slash ? operation.template().replaceFirst("/$", "") : operation.template();
            for (String segment : inner.substring(1).split("/", -1)) {
                regex.append('/');
                if (segment.startsWith("{")) {
                    String name = segment.substring(1, segment.length() - 1);
                    names.add(name);
                    regex.append(converter(name));
                } else {
                    regex.append(Pattern.quote(segment));
                }
            }
            routes.add(
                    new Route(
                            operation,
                            Pattern.compile(regex.append(slash ? "(?<slash>/?)" : "").toString()),
                            names));
        }
        routes.sort(Comparator.comparing(Route::rank));
    }

    private static String converter(String name) {
        return switch (name) {
            case "repository" -> "(?<repository>[^/]+(?:/[^/]+)+)";
            case "manifestref" -> "(?<manifestref>[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+)";
            default -> "(?<" + name.replace("_", "") + ">[^/]+)";
        };
    }

    /// Empty when no operation is meant. Paths with doubled slashes are none of its business.
    Optional<Verdict> route(String method, String target) {
        String path = decoded(target);
        String verb = method.equals("HEAD") ? "GET" : method;
        for (Route route : routes) {
            Matcher matcher = route.pattern().matcher(path);
            if (route.operation().method().equals(verb) && matcher.matches()) {
                Map<String, String> parameters = new LinkedHashMap<>();
                for (String name : route.names()) {
                    String group = name.equals("repository") ? name : name.replace("_", "");
                    parameters.put(name, matcher.group(group));
                }
                boolean slash = route.operation().template().endsWith("/");
                return Optional.of(
                        new Verdict(
                                route.operation().name(),
                                parameters,
                                slash && matcher.group("slash").isEmpty()));
            }
        }
        return Optional.empty();
    }

    /// Undoes escapes as Python does: what is no escape stays as it is.
    private static String decoded(String target) {
        byte[] raw = target.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < raw.length; i++) {
            int high = i + 2 < raw.length ? Character.digit((char) raw[i + 1], 16) : -1;
            int low = i + 2 < raw.length ? Character.digit((char) raw[i + 2], 16) : -1;
            if (raw[i] == '%' && high >= 0 && low >= 0) {
                bytes.write(high * 16 + low);
                i += 2;
            } else {
                bytes.write(raw[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
