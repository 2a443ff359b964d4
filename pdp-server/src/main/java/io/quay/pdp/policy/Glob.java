package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/// Cedar's `like` patterns in their JSON form.
final class Glob {
    private Glob() {}

    /// @param pattern literals and wildcards in order
    static boolean matches(JsonNode pattern, String text) {
        StringBuilder expression = new StringBuilder();
        for (JsonNode element : pattern) {
            expression.append(
                    element.isTextual() ? ".*" : Pattern.quote(element.path("Literal").asText()));
        }
        return Pattern.compile(expression.toString(), Pattern.DOTALL).matcher(text).matches();
    }
}
