package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.Value;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a request says in path, query and body, by the names on the wire.
///
/// @param body null = there is none, or none is known
record Inputs(
        Map<String, String> path, Map<String, Value> query, @Nullable Map<String, JsonNode> body) {

    /// The text at a place; an empty query parameter counts as none, as it does for Quay.
    Optional<String> text(ReachRule.Source source) {
        return switch (source.place()) {
            case PATH -> Optional.ofNullable(path.get(source.name()));
            case QUERY ->
                    query.get(source.name()) instanceof Value.Text(String text) && !text.isEmpty()
                            ? Optional.of(text)
                            : Optional.empty();
            case BODY -> inBody(source);
        };
    }

    private Optional<String> inBody(ReachRule.Source source) {
        JsonNode value = member(source.parameter());
        String inner = source.member();
        if (value == null || inner == null) {
            return Optional.ofNullable(value).map(JsonNode::textValue);
        }
        JsonNode named = value.path(inner);
        if (named.isMissingNode() || named.isNull()) {
            return Optional.empty();
        }
        if (!named.isTextual()) {
            throw new RefusedRequest(
                    Mapping.Problem.INVALID_BODY, "the body's " + source.name() + " is no text");
        }
        return Optional.of(named.textValue());
    }

    @Nullable JsonNode member(String name) {
        return body == null ? null : body.get(name);
    }

    boolean isTrue(@Nullable String queryParameter) {
        return queryParameter != null
                && query.get(queryParameter) instanceof Value.Bool(boolean value)
                && value;
    }
}
