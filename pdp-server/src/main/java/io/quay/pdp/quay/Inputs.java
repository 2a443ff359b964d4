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
            case BODY -> Optional.ofNullable(member(source.name())).map(JsonNode::textValue);
        };
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
